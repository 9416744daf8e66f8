//! Conversion of system times to Unix timestamps.

use std::time::SystemTime;

/// Returns the seconds since the Unix epoch; 0 for earlier times.
pub(super) fn unix_seconds(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
