//! Arithmetic of moments that cannot overflow.
//!
//! The runner reads tokio's clock alone, for ages as for timers, so that both stand still when a test pauses it.

use std::time::Duration;
use tokio::time::Instant;

/// Later than any deadline that matters, and early enough to be a moment on every system.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The moment `wait` after `start`, or in the far future if there is none.
pub(super) fn after(start: Instant, wait: Duration) -> Instant {
    start.checked_add(wait).unwrap_or(start + FAR)
}

/// `duration` to the millisecond, for people.
pub(super) fn rounded(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
