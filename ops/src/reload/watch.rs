//! The watch loop: reloads files at an interval and on SIGHUP, on a blocking thread.

use super::hangup::Hangup;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// Minimum interval; zero would be a busy loop.
const MIN_INTERVAL: Duration = Duration::from_millis(1);

/// Calls `refresh` every `interval` and on `hangup`. Never returns.
///
/// `refresh` runs on a blocking thread, so that a hanging file system blocks only this loop.
pub(crate) async fn watch(interval: Duration, mut hangup: Hangup, refresh: impl Fn() + Clone + Send + 'static) {
    let mut ticks = tokio::time::interval(interval.max(MIN_INTERVAL));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = hangup.received() => {}
        }
        // A panic of `refresh` does not end the loop.
        let _panicked = spawn_blocking(refresh.clone()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Limits;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(start_paused = true)]
    async fn refreshes_once_per_interval() {
        let refreshes = Arc::new(AtomicUsize::new(0));
        let counted = refreshes.clone();
        let refresh = move || {
            counted.fetch_add(1, Ordering::Relaxed);
        };
        let interval = Limits::default().policy_reload_interval;
        let half_a_minute = Duration::from_secs(30);
        let _elapsed = tokio::time::timeout(half_a_minute, watch(interval, Hangup::never(), refresh)).await;
        let refreshes = refreshes.load(Ordering::Relaxed);
        let expected = half_a_minute.as_millis() / interval.as_millis();
        assert!((expected..=expected + 1).contains(&(refreshes as u128)), "{refreshes}");
        assert!(interval >= Duration::from_millis(200), "at most five reads per second");
    }
}
