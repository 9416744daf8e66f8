//! Admin API server for `/metrics`.

use super::exporter::Family;
use crate::subject::Kind;
use ops::{Api, Limits};
use std::net::SocketAddr;

/// Serves the counter family on `address`. Returns the bound address.
pub(crate) async fn serve(address: SocketAddr) -> Result<SocketAddr, ops::Error> {
    let metrics = Family::new(Kind::Counter).metrics().clone();
    // The defaults admit 8 scrapes, in progress or queued, and reject others with 503; the client sends 32 concurrently.
    let limits = Limits::default().max_concurrent_scrapes(24);
    let server = Api::builder().metrics(metrics).limits(limits).build()?.bind(address).await?;
    let address = server.local_addr();
    // A spawned server is not stopped when its handle is dropped.
    server.spawn();
    Ok(address)
}
