//! The server without a network: its clients are at the other end of pipes, and time is the tests' own.

mod hostile;
mod matrix;
mod slow;

use super::connection;
use super::places::Places;
use super::stop::{Stop, stop};
use crate::admin::{Limits, Peer};
use axum::Router;
use std::sync::Arc;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;

/// What serves one router over pipes.
struct Pipes {
    router: Router,
    limits: Arc<Limits>,
    places: Arc<Places>,
    stop: Stop,
    stopped: super::stop::Stopped,
}

impl Pipes {
    fn new(router: Router, limits: Limits) -> Pipes {
        let (stop, stopped) = stop();
        Pipes { router, places: Arc::new(Places::new(&limits)), limits: Arc::new(limits), stop, stopped }
    }

    /// A connection: the client's end, and the server's task. So many bytes fit into the pipe.
    fn connect(&self, bytes: usize) -> (DuplexStream, JoinHandle<()>) {
        let (near, far) = tokio::io::duplex(bytes);
        let place = self.places.take(Peer::Local).expect("a place");
        let (router, limits) = (self.router.clone(), self.limits.clone());
        let serving = connection::serve(near, Peer::Local, place, router, limits, self.stopped.clone());
        (far, tokio::spawn(serving))
    }
}
