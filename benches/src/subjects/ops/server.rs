//! The admin API.

use super::exporter::Family;
use crate::subject::Kind;
use ops::Api;
use std::net::SocketAddr;

/// Serves the one family of counters that there is, and gives the address.
pub(crate) async fn serve(address: SocketAddr) -> Result<SocketAddr, ops::Error> {
    let metrics = Family::new(Kind::Counter).metrics().clone();
    // Not stopped by being dropped.
    let running = Api::builder().metrics(metrics).build()?.bind(address).await?.spawn();
    Ok(running.local_addr())
}
