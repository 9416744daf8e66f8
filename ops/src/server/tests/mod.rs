//! The server without a network: its clients are at the other end of pipes, and time is the tests' own.

mod hostile;
mod matrix;
mod slow;
#[cfg(feature = "tls")]
mod tls;

use super::connection::Service;
use super::places::Places;
use super::stop::{Stop, stop};
use crate::admin::{Answers, Limits, Peer};
use std::sync::Arc;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;

/// What serves the same answers over pipes.
struct Pipes {
    service: Service,
    places: Arc<Places>,
    stop: Stop,
}

impl Pipes {
    fn new(answers: impl Into<Answers>, limits: Limits) -> Pipes {
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
    fn connect(&self, bytes: usize) -> (DuplexStream, JoinHandle<()>) {
        let (near, far) = tokio::io::duplex(bytes);
        let place = self.places.take(Peer::Local).expect("a place");
        (far, tokio::spawn(self.service.clone().serve(near, Peer::Local, place)))
    }
}
