//! What happens by itself: periodic checks are run, what was forced expires, and what is too old is told to be.

use super::check::Check;
use super::flight::Ground;
use super::instant::after;
use super::runner::Health;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};

impl Health {
    /// Runs the periodic checks on `runtime`, for as long as it is polled: [`serve`](crate::serve) does it on the thread of
    /// the server. It never ends.
    ///
    /// Polled more than once at a time, it still runs each check once a period.
    pub async fn keep(&self, runtime: &Handle) {
        loop {
            let next = self.turn(&self.ground(runtime));
            tokio::select! {
                () = sleep_until(next.unwrap_or_else(|| after(Instant::now(), Duration::MAX))) => {}
                () = self.altered.notified() => {}
            }
        }
    }

    /// Does what is due; when something is due next.
    fn turn(&self, ground: &Ground) -> Option<Instant> {
        self.chosen(|_| true).iter().filter_map(|check| check.turn(ground)).min()
    }
}

impl Check {
    fn turn(self: &Arc<Self>, ground: &Ground) -> Option<Instant> {
        let now = Instant::now();
        let (is_due, next) = self.change(|state| {
            state.forced.take_if(|forced| forced.is_over(now));
            let period = self.descriptor.every;
            let is_due = period.is_some() && now >= state.due;
            if let Some(period) = period.filter(|_| is_due) {
                state.due = after(now, jittered(period, RandomState::new().hash_one(())));
            }
            let moments = [
                period.map(|_| state.due),
                self.stale_at(state),
                state.forced.as_ref().map(|forced| Instant::from_std(forced.until)),
            ];
            (is_due, moments.into_iter().flatten().filter(|moment| *moment > now).min())
        });
        if is_due {
            self.run_now(self.descriptor.timeout, ground);
        }
        next
    }
}

/// A wait of 0.9 to 1.1 periods, evenly spread over what `random` can be.
fn jittered(period: Duration, random: u64) -> Duration {
    let share = random as f64 / u64::MAX as f64;
    Duration::try_from_secs_f64(period.as_secs_f64() * (0.9 + 0.2 * share)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_up_to_a_tenth_shorter_or_longer_than_a_period() {
        let period = Duration::from_secs(10);
        for (random, waits) in [(0, 9.0), (u64::MAX / 2, 10.0), (u64::MAX, 11.0)] {
            assert!((jittered(period, random).as_secs_f64() - waits).abs() < 1e-6, "{random}");
        }
        assert_eq!(jittered(Duration::MAX, u64::MAX), Duration::MAX);
    }
}
