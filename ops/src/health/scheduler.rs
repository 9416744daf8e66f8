//! Scheduler: runs periodic checks, expires overrides, marks stale results.

use super::check::Check;
use super::saturating_time::after;
use super::supervisor::{self, RunEnv};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Minimum interval of a periodic check.
const MIN_INTERVAL: Duration = Duration::from_millis(1);

/// Applies the events that are due for `check`. Returns the time of the next one.
///
/// The events are the expiry of an override, staleness, and a run of a periodic check.
pub(super) fn turn(check: &Arc<Check>, env: &RunEnv) -> Option<Instant> {
    let now = Instant::now();
    let descriptor = check.descriptor();
    let (is_due, next) = check.change(|state| {
        state.active_override.take_if(|active| active.has_expired(now));
        let interval = descriptor.interval.map(|interval| interval.max(MIN_INTERVAL));
        let is_due = interval.is_some() && now >= state.due;
        if let Some(interval) = interval.filter(|_| is_due) {
            state.due = after(now, jittered(interval, RandomState::new().hash_one(())));
        }
        let deadlines = [
            interval.map(|_| state.due),
            state.stale_at(descriptor),
            state.active_override.as_ref().map(|active| Instant::from_std(active.expires_at)),
        ];
        (is_due, deadlines.into_iter().flatten().filter(|deadline| *deadline > now).min())
    });
    if is_due {
        supervisor::run_now(check, descriptor.timeout, env);
    }
    next
}

/// Returns `interval` scaled by a factor of 0.9 to 1.1 that is linear in `random`.
fn jittered(interval: Duration, random: u64) -> Duration {
    let fraction = random as f64 / u64::MAX as f64;
    Duration::try_from_secs_f64(interval.as_secs_f64() * (0.9 + 0.2 * fraction)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_at_most_ten_percent_of_the_interval() {
        let interval = Duration::from_secs(10);
        for (random, waits) in [(0, 9.0), (u64::MAX / 2, 10.0), (u64::MAX, 11.0)] {
            assert!((jittered(interval, random).as_secs_f64() - waits).abs() < 1e-6, "{random}");
        }
        assert_eq!(jittered(Duration::MAX, u64::MAX), Duration::MAX);
    }
}
