//! The server without a network: its clients are at the other end of pipes, and time is the tests' own.

mod hostile;
mod matrix;
mod slow;

use super::connection;
use super::places::Places;
use super::stop::{Stop, stop};
use crate::admin::{Answers, Limits, Peer};
use std::sync::Arc;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;

/// What serves the same answers over pipes.
struct Pipes {
    answers: Answers,
    limits: Arc<Limits>,
    places: Arc<Places>,
    stop: Stop,
    stopped: super::stop::Stopped,
}

impl Pipes {
    fn new(answers: impl Into<Answers>, limits: Limits) -> Pipes {
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
    fn connect(&self, bytes: usize) -> (DuplexStream, JoinHandle<()>) {
        let (near, far) = tokio::io::duplex(bytes);
        let place = self.places.take(Peer::Local).expect("a place");
        let (answers, limits) = (self.answers.clone(), self.limits.clone());
        let serving = connection::serve(near, Peer::Local, place, answers, limits, self.stopped.clone());
        (far, tokio::spawn(serving))
    }
}
