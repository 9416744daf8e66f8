//! A future wrapper that ignores polls caused by other futures of the same task.

use ops_core::unwind::IgnorePoison;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

/// A future that is polled only after its own waker was woken. Other polls return `Pending`.
#[derive(Debug)]
pub(super) struct PollOnWake<F> {
    future: Pin<Box<F>>,
    flag: Arc<WakeFlag>,
    /// Sets `flag`.
    waker: Waker,
}

#[derive(Debug)]
struct WakeFlag(Mutex<FlagState>);

#[derive(Debug)]
struct FlagState {
    is_woken: bool,
    task: Waker,
}

impl<F: Future> PollOnWake<F> {
    pub(super) fn new(future: F) -> PollOnWake<F> {
        let flag = Arc::new(WakeFlag(Mutex::new(FlagState { is_woken: true, task: Waker::noop().clone() })));
        PollOnWake { future: Box::pin(future), waker: flag.clone().into(), flag }
    }
}

impl<F: Future> Future for PollOnWake<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut state = self.flag.lock();
        state.task.clone_from(context.waker());
        let is_woken = std::mem::take(&mut state.is_woken);
        drop(state);
        if !is_woken {
            return Poll::Pending;
        }
        let this = &mut *self;
        this.future.as_mut().poll(&mut Context::from_waker(&this.waker))
    }
}

impl WakeFlag {
    fn lock(&self) -> MutexGuard<'_, FlagState> {
        self.0.lock().ignore_poison()
    }
}

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.lock();
        state.is_woken = true;
        let task = state.task.clone();
        // Released first: a waker may run arbitrary code.
        drop(state);
        task.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn polls_only_when_its_own_waker_was_woken() {
        let (polls, event) = (AtomicU32::new(0), Notify::new());
        let mut future = PollOnWake::new(async {
            let mut notified = std::pin::pin!(event.notified());
            poll_fn(|context| {
                polls.fetch_add(1, Ordering::Relaxed);
                notified.as_mut().poll(context)
            })
            .await
        });
        for _ in 0..100 {
            let is_pending = poll_fn(|context| Poll::Ready(Pin::new(&mut future).poll(context).is_pending())).await;
            assert!(is_pending);
        }
        assert_eq!(polls.load(Ordering::Relaxed), 1);
        event.notify_one();
        future.await;
        assert_eq!(polls.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn wakes_the_task_that_polled_last() {
        let event = Arc::new(Notify::new());
        let mut future = PollOnWake::new({
            let event = event.clone();
            async move { event.notified().await }
        });
        let is_pending = Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop())).is_pending();
        assert!(is_pending);
        let waiting = tokio::spawn(future);
        tokio::task::yield_now().await;
        event.notify_one();
        waiting.await.unwrap();
    }
}
