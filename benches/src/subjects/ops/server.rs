//! The admin API.

use super::exporter::Family;
use crate::subject::Kind;
use ops::{Api, Limits};
use std::net::SocketAddr;

/// Serves the one family of counters that there is, and gives the address.
pub(crate) async fn serve(address: SocketAddr) -> Result<SocketAddr, ops::Error> {
    let metrics = Family::new(Kind::Counter).metrics().clone();
    // Not stopped by being dropped.
    // By default eight scrapes are written or wait, and the others are told to come back; here 32 come at once.
    let limits = Limits::default().max_concurrent_scrapes(24);
    let running = Api::builder().metrics(metrics).limits(limits).build()?.bind(address).await?.spawn();
    Ok(running.local_addr())
}
