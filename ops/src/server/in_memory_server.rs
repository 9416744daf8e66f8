//! A server without a network: clients connect over in-memory pipes.

use super::connection::{ConnectionLimiter, ConnectionService};
use super::shutdown::{Shutdown, shutdown_channel};
use crate::admin::{ClientAddr, Limits, Responder};
use std::fmt;
use std::sync::Arc;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;

/// A server of in-memory connections, for tests and fuzzing.
pub(crate) struct InMemoryServer {
    pub(super) service: ConnectionService,
    pub(super) limiter: Arc<ConnectionLimiter>,
    /// Held, because the shutdown signal never fires once its sender is dropped.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests trigger it"))]
    pub(super) shutdown: Shutdown,
}

impl InMemoryServer {
    pub(crate) fn new(responder: impl Into<Responder>, limits: Limits) -> InMemoryServer {
        let (shutdown, signal) = shutdown_channel();
        let limiter = Arc::new(ConnectionLimiter::new(&limits));
        let service = ConnectionService {
            responder: responder.into(),
            limits: Arc::new(limits),
            shutdown: signal,
            #[cfg(feature = "tls")]
            tls: None,
        };
        InMemoryServer { service, limiter, shutdown }
    }

    /// Connects a client over a pipe of `bytes` capacity. Returns its end and the task that serves it.
    pub(crate) fn connect(&self, bytes: usize) -> (DuplexStream, JoinHandle<()>) {
        let (near, far) = tokio::io::duplex(bytes);
        let permit = self.limiter.acquire(ClientAddr::Local).expect("a permit");
        (far, tokio::spawn(self.service.clone().serve(near, ClientAddr::Local, permit)))
    }
}

impl fmt::Debug for InMemoryServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryServer").finish_non_exhaustive()
    }
}
