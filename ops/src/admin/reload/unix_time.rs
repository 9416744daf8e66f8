//! Times as Prometheus represents them.

use std::time::SystemTime;

/// A time as Prometheus represents it: seconds since the Unix epoch.
pub(super) fn unix_seconds(moment: SystemTime) -> f64 {
    moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
