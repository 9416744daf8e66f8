//! The watch loop: looks at files at an interval and on SIGHUP, off the thread of the server.

use super::hangup::Hangup;
use super::watched::Refreshed;
use std::fmt;
use std::time::Duration;
use tokio::task::{JoinHandle, spawn_blocking};

/// An interval of zero would be a busy loop.
const MIN_INTERVAL: Duration = Duration::from_millis(1);

/// Calls `look` every `interval`, and when `hangup` is received, and `tell` with each result that is news; never returns.
///
/// Both run on blocking threads: a file system that hangs holds up this and nothing else, and a log that nobody reads not even
/// this. What would be told while something earlier is still being told is dropped; `tell` has the number of those.
pub(crate) async fn watch<E: fmt::Debug + Send + Sync + 'static>(
    interval: Duration,
    mut hangup: Hangup,
    look: impl Fn() -> Refreshed<E> + Clone + Send + 'static,
    tell: impl Fn(Refreshed<E>, u64) + Clone + Send + 'static,
) {
    let mut moments = tokio::time::interval(interval.max(MIN_INTERVAL));
    moments.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut telling, mut dropped): (Option<JoinHandle<()>>, u64) = (None, 0);
    loop {
        tokio::select! {
            _ = moments.tick() => {}
            () = hangup.received() => {}
        }
        let Ok(refreshed) = spawn_blocking(look.clone()).await else { continue };
        if matches!(refreshed, Refreshed::Unchanged) {
            continue;
        }
        if telling.as_ref().is_some_and(|telling| !telling.is_finished()) {
            dropped += 1;
            continue;
        }
        let (tell, untold) = (tell.clone(), std::mem::take(&mut dropped));
        telling = Some(spawn_blocking(move || tell(refreshed, untold)));
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
        let _elapsed = tokio::time::timeout(half_a_minute, watch(interval, Hangup::never(), look, |_, _| ())).await;
        let looks = looks.load(Ordering::Relaxed);
        let expected = half_a_minute.as_millis() / interval.as_millis();
        assert!((expected..=expected + 1).contains(&(looks as u128)), "{looks}");
        assert!(interval >= Duration::from_millis(200), "five a second at most");
    }

    #[tokio::test]
    async fn log_that_is_blocked_does_not_hold_up_what_is_looked_at_and_drops_are_counted() {
        let (told, mut is_told) = tokio::sync::mpsc::unbounded_channel();
        let (looked, mut has_looked) = tokio::sync::mpsc::unbounded_channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let released = Arc::new(std::sync::Mutex::new(released));
        let look = move || {
            let _ = looked.send(());
            Refreshed::<()>::Loaded
        };
        let tell = move |_refreshed, dropped| {
            let _ = told.send(dropped);
            let _ = released.lock().map(|released| released.recv());
        };
        let watching = tokio::spawn(watch(MIN_INTERVAL, Hangup::never(), look, tell));
        assert_eq!(is_told.recv().await, Some(0));
        for _ in 0..4 {
            has_looked.recv().await.unwrap();
        }
        drop(release);
        assert!(is_told.recv().await.unwrap() >= 2, "what was not told is counted");
        watching.abort();
    }
}
