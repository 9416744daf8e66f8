//! Accepts connections, even under file-descriptor exhaustion (`EMFILE`).

use super::connection_limiter::ConnectionLimiter;
use super::reserved_fd::ReservedFd;
use crate::admin::ClientAddr;
use crate::error::ErrorChain;
use crate::log;
use crate::server::listen::{Listener, Stream};
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

/// Pause after an error that would recur immediately, such as `EMFILE`.
const PAUSE: Duration = Duration::from_millis(10);

/// Minimum interval between log events about exhausted file descriptors.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// Accepts the connections of a listener.
#[derive(Debug)]
pub(super) struct Acceptor {
    listener: Listener,
    reserved_fd: ReservedFd,
    /// Time of the last log event.
    logged: Option<Instant>,
}

impl Acceptor {
    /// Creates an acceptor and reserves a file descriptor.
    pub(super) fn new(listener: Listener) -> Acceptor {
        Acceptor { listener, reserved_fd: ReservedFd::new(), logged: None }
    }

    /// Accepts the next connection.
    ///
    /// The kernel reports `EMFILE` even if no connection is pending, so the reserved descriptor is released and the accept
    /// retried. If that accepts a connection, an idle one is evicted so that a descriptor can be reserved again.
    pub(super) async fn next(&mut self, limiter: &ConnectionLimiter) -> (Stream, ClientAddr) {
        self.reserved_fd.reserve();
        loop {
            match self.listener.accept().await {
                Ok(accepted) => return accepted,
                Err(error) if is_aborted_connection(&error) => {}
                Err(_) if self.reserved_fd.release() => match self.try_accept().await {
                    Poll::Ready(Ok(accepted)) => {
                        limiter.evict_idle();
                        return accepted;
                    }
                    Poll::Ready(Err(_)) => tokio::time::sleep(PAUSE).await,
                    Poll::Pending => drop(self.reserved_fd.reserve()),
                },
                Err(error) => self.wait_for_descriptor(limiter, &error).await,
            }
        }
    }

    /// Accepts a pending connection, without waiting for one.
    async fn try_accept(&self) -> Poll<io::Result<(Stream, ClientAddr)>> {
        poll_fn(|context| Poll::Ready(pin!(self.listener.accept()).poll(context))).await
    }

    /// Waits until a descriptor may be free, evicting an idle connection if necessary.
    async fn wait_for_descriptor(&mut self, limiter: &ConnectionLimiter, error: &io::Error) {
        // Let evicted connections close.
        tokio::task::yield_now().await;
        if self.reserved_fd.reserve() {
            return;
        }
        // A connection that was just accepted counts as idle; give it time to send its request.
        tokio::time::sleep(PAUSE).await;
        if self.reserved_fd.reserve() || limiter.evict_idle() {
            return;
        }
        if self.logged.is_none_or(|logged| logged.elapsed() >= LOG_INTERVAL) {
            self.logged = Some(Instant::now());
            let error = ErrorChain(error).to_string();
            log::emit(move || {
                tracing::warn!(%error, "cannot accept connections: none is idle to evict; raise the file-descriptor limit");
            });
        }
    }
}

/// Returns `true` if the error concerns a single connection that its client has aborted.
fn is_aborted_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
