//! The health checks of this program: the one global of this crate.

use crate::health::Health;
use ops_core::linked;
use std::sync::{Arc, OnceLock};

/// The health checks of this program: all that the attributes declare, and what is registered at run time.
///
/// Where two checks have one name the first is run, and starting the server is an error that lists every conflict.
pub fn health() -> &'static Arc<Health> {
    static HEALTH: OnceLock<Arc<Health>> = OnceLock::new();
    HEALTH.get_or_init(|| Arc::new(Health::following(linked::checks().clone(), linked::resources().clone())))
}
