//! The server without a network: its clients are at the other end of pipes.

use super::connection;
use super::places::Places;
use super::stop::{Stop, Stopped, stop};
use crate::admin::{Answers, Limits, Peer};
use std::fmt;
use std::sync::Arc;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;

/// What serves the same answers over pipes.
pub(crate) struct Pipes {
    answers: Answers,
    limits: Arc<Limits>,
    places: Arc<Places>,
    /// Kept, as a wish that nobody can make any more is never made.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests make it"))]
    pub(super) stop: Stop,
    stopped: Stopped,
}

impl Pipes {
    pub(crate) fn new(answers: impl Into<Answers>, limits: Limits) -> Pipes {
        let (stop, stopped) = stop();
        Pipes {
            answers: answers.into(),
            places: Arc::new(Places::new(&limits)),
            limits: Arc::new(limits),
            stop,
            stopped,
        }
    }

    /// A connection: the client's end, and the server's task. So many bytes fit into the pipe.
    pub(crate) fn connect(&self, bytes: usize) -> (DuplexStream, JoinHandle<()>) {
        let (near, far) = tokio::io::duplex(bytes);
        let place = self.places.take(Peer::Local).expect("a place");
        let (answers, limits) = (self.answers.clone(), self.limits.clone());
        let serving = connection::serve(near, Peer::Local, place, answers, limits, self.stopped.clone());
        (far, tokio::spawn(serving))
    }
}

impl fmt::Debug for Pipes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipes").finish_non_exhaustive()
    }
}
