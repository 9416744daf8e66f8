//! Read timeouts: one for receiving a request head, another for idle connections.
//!
//! hyper has a single timeout for both. The timeout of a head must be short, because slow clients (slowloris) hold connections.
//! An idle connection must stay open for longer than the interval of probes and scrapes, or it is closed just as a client reuses
//! it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// The request counter of a connection: twice the completed requests, plus 1 if one is in flight.
#[derive(Debug, Default)]
pub(super) struct Requests(AtomicU64);

/// A guard for a request in flight, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct RequestGuard(Arc<Requests>);

impl Requests {
    /// Begins a request whose head has been received. HTTP/1.1 has one in flight at a time.
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

/// Read timeouts between responses.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadTimeouts {
    /// From the first byte of a request head, or the start of the connection, until the head is complete.
    pub(super) head: Duration,
    /// From the end of a response until the first byte of the next request head.
    pub(super) idle: Duration,
}

/// A stream whose reads between responses are subject to timeouts.
#[derive(Debug)]
pub(super) struct ReadTimeout<S> {
    stream: S,
    requests: Arc<Requests>,
    timeouts: ReadTimeouts,
    /// The current period; `deadline` is its end.
    period: Period,
    deadline: Instant,
    /// Timer for all periods. It is reset when it fires early, not at each request.
    sleep: Option<Pin<Box<Sleep>>>,
}

/// A period between responses. The number is the state of [`Requests`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Idle(u64),
    Head(u64),
}

impl<S> ReadTimeout<S> {
    /// Creates a stream that waits for the first request head.
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

/// Returns the deadline of a `timeout` that starts now.
///
/// The addition cannot overflow, because [`Limits`](crate::Limits) clamps durations to 365 days.
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
            // The request body has its own timeout.
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
