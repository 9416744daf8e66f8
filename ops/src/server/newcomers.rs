//! Connections as they come, also where the process has no file descriptor left for them.

use super::listener::{Listener, Stream};
use super::places::Places;
use super::spare::Spare;
use crate::admin::Peer;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

/// How long to wait after a failure that would come again at once, such as that the process has no file descriptor left.
const PAUSE: Duration = Duration::from_millis(10);

/// How long such a failure goes on before it is said again.
const SAID_AGAIN: Duration = Duration::from_secs(60);

/// Who comes to a listening socket.
#[derive(Debug)]
pub(super) struct Newcomers {
    listener: Listener,
    spare: Spare,
    /// When it was last said that nobody can come.
    said: Option<Instant>,
}

impl Newcomers {
    pub(super) fn new(listener: Listener) -> Newcomers {
        Newcomers { listener, spare: Spare::new(), said: None }
    }

    /// The next connection.
    ///
    /// Without a descriptor for it the system says so whether or not somebody waits: the spare one finds that out. Whoever gets
    /// it has the place of one who is idle, if any is, so that there is a spare one for the next.
    pub(super) async fn next(&mut self, places: &Places) -> (Stream, Peer) {
        self.spare.renew();
        loop {
            match self.listener.accept().await {
                Ok(accepted) => return accepted,
                Err(error) if is_of_one_connection(&error) => {}
                Err(_) if self.spare.give() => match self.who_waits().await {
                    Poll::Ready(Ok(accepted)) => {
                        places.make_room();
                        return accepted;
                    }
                    Poll::Ready(Err(_)) => tokio::time::sleep(PAUSE).await,
                    Poll::Pending => drop(self.spare.renew()),
                },
                Err(error) => self.make_room(places, &error).await,
            }
        }
    }

    /// The result of accepting, if it is there.
    async fn who_waits(&self) -> Poll<io::Result<(Stream, Peer)>> {
        poll_fn(|context| Poll::Ready(pin!(self.listener.accept()).poll(context))).await
    }

    /// Waits until there may be a descriptor, and has somebody who is idle leave if there is none.
    async fn make_room(&mut self, places: &Places, error: &io::Error) {
        // Who has been told to leave, leaves.
        tokio::task::yield_now().await;
        if self.spare.renew() {
            return;
        }
        // Who has just come has been idle since, and is to have the time to ask.
        tokio::time::sleep(PAUSE).await;
        if self.spare.renew() || places.make_room() {
            return;
        }
        if self.said.is_none_or(|said| said.elapsed() >= SAID_AGAIN) {
            self.said = Some(Instant::now());
            tracing::warn!(%error, "the server cannot accept a connection, and none is idle");
        }
    }
}

/// Whether the error is of a connection that its client gave up, and says nothing of the next one.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
