//! Saturating arithmetic on `Instant`.
//!
//! The runner uses tokio's clock for both ages and timers, so that tests control both by pausing it.

use std::time::Duration;
use tokio::time::Instant;

/// A wait longer than any real deadline, but representable on every platform.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Returns `start + wait`, or an instant in the far future if that overflows.
pub(super) fn after(start: Instant, wait: Duration) -> Instant {
    start.checked_add(wait).unwrap_or(start + FAR)
}

/// Returns `duration` rounded down to the millisecond, for messages.
pub(super) fn rounded(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
