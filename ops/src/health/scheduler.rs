//! Scheduler: runs periodic checks, expires overrides, marks stale results.

use super::check::Check;
use super::saturating_time::after;
use super::supervisor::{self, RunEnv};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The shortest interval of a periodic check.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// Does what is due for `check`. Returns when something is due next.
pub(super) fn turn(check: &Arc<Check>, env: &RunEnv) -> Option<Instant> {
    let now = Instant::now();
    let descriptor = check.descriptor();
    let (is_due, next) = check.change(|state| {
        state.active_override.take_if(|active| active.has_expired(now));
        let interval = descriptor.interval.map(|interval| interval.max(SHORTEST_INTERVAL));
        let is_due = interval.is_some() && now >= state.due;
        if let Some(interval) = interval.filter(|_| is_due) {
            state.due = after(now, jittered(interval, RandomState::new().hash_one(())));
        }
        let moments = [
            interval.map(|_| state.due),
            state.stale_at(descriptor),
            state.active_override.as_ref().map(|active| Instant::from_std(active.expires_at)),
        ];
        (is_due, moments.into_iter().flatten().filter(|moment| *moment > now).min())
    });
    if is_due {
        supervisor::run_now(check, descriptor.timeout, env);
    }
    next
}

/// Returns 0.9 to 1.1 intervals, evenly spread over the values of `random`.
fn jittered(interval: Duration, random: u64) -> Duration {
    let share = random as f64 / u64::MAX as f64;
    Duration::try_from_secs_f64(interval.as_secs_f64() * (0.9 + 0.2 * share)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_up_to_a_tenth_shorter_or_longer_than_the_interval() {
        let interval = Duration::from_secs(10);
        for (random, waits) in [(0, 9.0), (u64::MAX / 2, 10.0), (u64::MAX, 11.0)] {
            assert!((jittered(interval, random).as_secs_f64() - waits).abs() < 1e-6, "{random}");
        }
        assert_eq!(jittered(Duration::MAX, u64::MAX), Duration::MAX);
    }
}
