//! The server without a network: its clients are at the other end of pipes.

use super::connection::Service;
use super::places::Places;
use super::stop::{Stop, stop};
use crate::admin::{Answers, Limits, Peer};
use std::fmt;
use std::sync::Arc;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;

/// What serves the same answers over pipes.
pub(crate) struct Pipes {
    pub(super) service: Service,
    pub(super) places: Arc<Places>,
    /// Kept, as a wish that nobody can make any more is never made.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests make it"))]
    pub(super) stop: Stop,
}

impl Pipes {
    pub(crate) fn new(answers: impl Into<Answers>, limits: Limits) -> Pipes {
        let (stop, stopped) = stop();
        let places = Arc::new(Places::new(&limits));
        let service = Service {
            answers: answers.into(),
            limits: Arc::new(limits),
            stopped,
            #[cfg(feature = "tls")]
            tls: None,
        };
        Pipes { service, places, stop }
    }

    /// A connection: the client's end, and the server's task. So many bytes fit into the pipe.
    pub(crate) fn connect(&self, bytes: usize) -> (DuplexStream, JoinHandle<()>) {
        let (near, far) = tokio::io::duplex(bytes);
        let place = self.places.take(Peer::Local).expect("a place");
        (far, tokio::spawn(self.service.clone().serve(near, Peer::Local, place)))
    }
}

impl fmt::Debug for Pipes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipes").finish_non_exhaustive()
    }
}
