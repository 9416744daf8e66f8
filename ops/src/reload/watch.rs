//! Watched files: looks at a file at an interval, off the thread of the server.

use super::settings_file::Refreshed;
use std::fmt;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// An interval of zero would be a busy loop.
const MIN_INTERVAL: Duration = Duration::from_millis(1);

/// Calls `look` every `interval` on a blocking thread and `tell` with its result; never returns.
pub(crate) async fn watch<E: fmt::Debug + Send + Sync + 'static>(
    interval: Duration,
    look: impl Fn() -> Refreshed<E> + Clone + Send + 'static,
    tell: impl Fn(Refreshed<E>),
) {
    let mut moments = tokio::time::interval(interval.max(MIN_INTERVAL));
    moments.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        moments.tick().await;
        // A file system that hangs holds up this and nothing else.
        if let Ok(refreshed) = spawn_blocking(look.clone()).await {
            tell(refreshed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Limits;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_file_that_never_rests_is_taken_once_in_an_interval() {
        let looks = Arc::new(AtomicUsize::new(0));
        let counted = looks.clone();
        let look = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Refreshed::<()>::Loaded
        };
        let interval = Limits::default().policy_reload_interval;
        let half_a_minute = Duration::from_secs(30);
        let _elapsed = tokio::time::timeout(half_a_minute, watch(interval, look, |_| ())).await;
        let looks = looks.load(Ordering::Relaxed);
        let expected = half_a_minute.as_millis() / interval.as_millis();
        assert!((expected..=expected + 1).contains(&(looks as u128)), "{looks}");
        assert!(interval >= Duration::from_millis(200), "five a second at most");
    }
}
