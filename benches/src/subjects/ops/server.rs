//! The admin API.

use super::exporter::Family;
use crate::subject::Kind;
use ops::{Api, Limits};
use std::net::SocketAddr;

/// Serves the one family of counters that there is, and gives the address.
pub(crate) async fn serve(address: SocketAddr) -> Result<SocketAddr, ops::Error> {
    let metrics = Family::new(Kind::Counter).metrics().clone();
    // By default eight scrapes are written or wait, and the others are told to come back; here 32 come at once.
    let limits = Limits::default().max_concurrent_scrapes(24);
    let server = Api::builder().metrics(metrics).limits(limits).build()?.bind(address).await?;
    let address = server.local_addr();
    // Not stopped by being dropped.
    server.spawn();
    Ok(address)
}
