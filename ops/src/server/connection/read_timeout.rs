//! The timeouts of what a client sends between responses: of a request head, and of an idle connection.
//!
//! hyper has one timeout for both. A request head must be received soon, or slow clients hold connections (slowloris); an idle
//! connection must outlast the periods of probes and scrapes, or a client reuses it in the moment in which it is closed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// The requests of a connection: twice the number of those that ended, and 1 if one is in flight.
#[derive(Debug, Default)]
pub(super) struct Requests(AtomicU64);

/// A request in flight; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct RequestGuard(Arc<Requests>);

impl Requests {
    /// Begins a request, whose head was received. HTTP/1.1 has one at a time.
    pub(super) fn begin(self: &Arc<Self>) -> RequestGuard {
        self.0.fetch_or(1, Ordering::Relaxed);
        RequestGuard(self.clone())
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The timeouts of reads between responses.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadTimeouts {
    /// From the first byte of a head, or from the start of the connection, until the head is complete.
    pub(super) head: Duration,
    /// From a response until the first byte of the next head.
    pub(super) idle: Duration,
}

/// A stream whose reads between responses fail after a timeout.
#[derive(Debug)]
pub(super) struct ReadTimeout<S> {
    stream: S,
    requests: Arc<Requests>,
    timeouts: ReadTimeouts,
    /// The current phase and its deadline.
    period: Period,
    deadline: Instant,
    /// One sleep for all periods: it is moved when it ends too early, not at each request.
    sleep: Option<Pin<Box<Sleep>>>,
}

/// A period between responses, by the state of [`Requests`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Idle(u64),
    Head(u64),
}

impl<S> ReadTimeout<S> {
    /// Creates a stream that begins with the head of a request.
    pub(super) fn new(stream: S, requests: Arc<Requests>, timeouts: ReadTimeouts) -> ReadTimeout<S> {
        let deadline = after(timeouts.head);
        ReadTimeout { stream, requests, timeouts, period: Period::Head(0), deadline, sleep: None }
    }

    fn poll_timeout(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(self.deadline)));
        if sleep.deadline() > self.deadline {
            sleep.as_mut().reset(self.deadline);
        }
        ready!(sleep.as_mut().poll(context));
        if sleep.deadline() < self.deadline {
            sleep.as_mut().reset(self.deadline);
            ready!(sleep.as_mut().poll(context));
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// The moment after `timeout`, which is a year at most.
fn after(timeout: Duration) -> Instant {
    Instant::now() + timeout
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let requests = this.requests.0.load(Ordering::Relaxed);
        let filled = buffer.filled().len();
        let result = Pin::new(&mut this.stream).poll_read(context, buffer);
        if requests % 2 == 1 {
            // The body of the request has a timeout of its own.
            return result;
        }
        if result.is_pending() {
            if this.period != Period::Head(requests) && this.period != Period::Idle(requests) {
                (this.period, this.deadline) = (Period::Idle(requests), after(this.timeouts.idle));
            }
            return this.poll_timeout(context);
        }
        if buffer.filled().len() > filled && this.period != Period::Head(requests) {
            (this.period, this.deadline) = (Period::Head(requests), after(this.timeouts.head));
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadTimeout<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
