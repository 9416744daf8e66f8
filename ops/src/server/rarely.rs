//! A future for what hardly ever happens, beside one that is polled all the time.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// A future that is polled only when it has been woken itself: to poll it for what woke its task costs next to nothing.
#[derive(Debug)]
pub(super) struct Rarely<F> {
    future: Pin<Box<F>>,
    bell: Arc<Bell>,
    /// Rings the bell.
    waker: Waker,
}

#[derive(Debug)]
struct Bell(Mutex<Rung>);

#[derive(Debug)]
struct Rung {
    has_rung: bool,
    task: Waker,
}

impl<F: Future> Rarely<F> {
    pub(super) fn new(future: F) -> Rarely<F> {
        let bell = Arc::new(Bell(Mutex::new(Rung { has_rung: true, task: Waker::noop().clone() })));
        Rarely { future: Box::pin(future), waker: bell.clone().into(), bell }
    }
}

impl<F: Future> Future for Rarely<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut rung = self.bell.lock();
        rung.task.clone_from(context.waker());
        let has_rung = std::mem::take(&mut rung.has_rung);
        drop(rung);
        if !has_rung {
            return Poll::Pending;
        }
        let this = &mut *self;
        this.future.as_mut().poll(&mut Context::from_waker(&this.waker))
    }
}

impl Bell {
    fn lock(&self) -> MutexGuard<'_, Rung> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut rung = self.lock();
        rung.has_rung = true;
        let task = rung.task.clone();
        // What wakes a task is foreign code.
        drop(rung);
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
    async fn it_is_polled_when_it_is_woken_and_not_when_its_task_is() {
        let (polls, happens) = (AtomicU32::new(0), Notify::new());
        let mut rare = Rarely::new(async {
            let mut happened = std::pin::pin!(happens.notified());
            poll_fn(|context| {
                polls.fetch_add(1, Ordering::Relaxed);
                happened.as_mut().poll(context)
            })
            .await
        });
        for _ in 0..100 {
            let is_pending = poll_fn(|context| Poll::Ready(Pin::new(&mut rare).poll(context).is_pending())).await;
            assert!(is_pending);
        }
        assert_eq!(polls.load(Ordering::Relaxed), 1);
        happens.notify_one();
        rare.await;
        assert_eq!(polls.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn it_wakes_the_task_that_polled_it_last() {
        let happens = Arc::new(Notify::new());
        let mut rare = Rarely::new({
            let happens = happens.clone();
            async move { happens.notified().await }
        });
        let is_pending = Pin::new(&mut rare).poll(&mut Context::from_waker(Waker::noop())).is_pending();
        assert!(is_pending);
        let waiting = tokio::spawn(rare);
        tokio::task::yield_now().await;
        happens.notify_one();
        waiting.await.unwrap();
    }
}
