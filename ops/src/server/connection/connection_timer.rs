//! The timer of one connection: one sleep for all of its requests.

use hyper::rt::{Sleep, Timer};
use ops_core::unwind::IgnorePoison;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time;

/// A timer whose sleeps cost nothing to begin and to give up, as each request does, where each ends later than the one
/// before it.
///
/// They share one sleep of the runtime. It is not moved when one of them begins, but when it has ended and one of them goes
/// on: so often as it takes, and not so often as there are requests.
#[derive(Clone, Debug, Default)]
pub(super) struct ConnectionTimer(SharedTimer);

/// The sleep of the runtime; nothing before the first one.
type SharedTimer = Arc<Mutex<Option<Pin<Box<time::Sleep>>>>>;

/// Until then.
struct Until {
    deadline: time::Instant,
    shared: SharedTimer,
}

impl Timer for ConnectionTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until((time::Instant::now() + duration).into())
    }

    fn sleep_until(&self, deadline: std::time::Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Until { deadline: deadline.into(), shared: self.0.clone() })
    }

    /// The clock that tests pause. The method is newer than the oldest hyper that this crate supports; without it hyper reads the
    /// same clock.
    #[cfg(test)]
    fn now(&self) -> std::time::Instant {
        time::Instant::now().into()
    }
}

impl Sleep for Until {}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut shared = self.shared.lock().ignore_poison();
        let sleep = shared.get_or_insert_with(|| Box::pin(time::sleep_until(self.deadline)));
        if sleep.deadline() < self.deadline {
            ready!(sleep.as_mut().poll(context));
            sleep.as_mut().reset(self.deadline);
        }
        sleep.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn each_sleep_ends_at_its_own_time() {
        let (timer, started) = (ConnectionTimer::default(), time::Instant::now());
        timer.sleep(10 * SECOND).await;
        assert_eq!(started.elapsed(), 10 * SECOND);
        timer.sleep(5 * SECOND).await;
        assert_eq!(started.elapsed(), 15 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_given_up_does_not_end_the_next_one() {
        let (timer, started) = (ConnectionTimer::default(), time::Instant::now());
        for _ in 0..3 {
            let given_up = timer.sleep(10 * SECOND);
            assert!(time::timeout(4 * SECOND, given_up).await.is_err());
        }
        timer.sleep(10 * SECOND).await;
        assert_eq!(started.elapsed(), 22 * SECOND);
    }
}
