//! The globals of this program, as this crate serves them.

use crate::diagnostics;
#[cfg(feature = "server")]
use crate::health::Health;
use crate::registry::Metrics;
use ops_core::linked;
#[cfg(feature = "server")]
use std::sync::{Arc, OnceLock};

/// The metrics of this program: all that the attributes declare, and what is made at run time.
///
/// Where two declarations conflict the first is served, and starting the server is an error that lists every conflict.
pub fn metrics() -> &'static Metrics {
    diagnostics::install();
    linked::metrics()
}

/// The health checks of this program: all that the attributes declare, and what is registered at run time.
///
/// Where two checks have one name the first is run, and starting the server is an error that lists every conflict.
#[cfg(feature = "server")]
pub fn health() -> &'static Arc<Health> {
    static HEALTH: OnceLock<Arc<Health>> = OnceLock::new();
    HEALTH.get_or_init(|| Arc::new(Health::following(linked::checks().clone(), linked::resources().clone())))
}
