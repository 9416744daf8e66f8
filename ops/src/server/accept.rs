//! The accept loop: a place for each connection, and an end in bounded time.

use super::connection;
use super::listener::{Listener, Stream};
use super::places::Places;
use super::stop::Stopped;
use crate::admin::{Answers, Limits, Peer};
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::task::JoinSet;

/// How long to wait after a failure that would come again at once, such as that the process has no file descriptor left.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves what `listener` accepts from `answers`, until `stopped`; then ends what is in flight.
pub(super) async fn accept(listener: Listener, answers: Answers, limits: Arc<Limits>, mut stopped: Stopped) {
    let places = Arc::new(Places::new(&limits));
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = stopped.wished() => break,
            Some(_ended) = connections.join_next() => continue,
            accepted = next(&listener, &places) => accepted,
        };
        // Without a place it is closed, which tells its client at once.
        let Some(place) = places.take(peer) else { continue };
        let (answers, limits, stopped) = (answers.clone(), limits.clone(), stopped.clone());
        match stream {
            Stream::Tcp(stream) => {
                // Answers are small and written whole. If it cannot be set they are only slower.
                let _ = stream.set_nodelay(true);
                begin(&mut connections, connection::serve(stream, peer, place, answers, limits, stopped)).await;
            }
            #[cfg(unix)]
            Stream::Unix(stream) => {
                begin(&mut connections, connection::serve(stream, peer, place, answers, limits, stopped)).await;
            }
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.shutdown_timeout, ended).await.is_err() {
        tracing::warn!(connections = connections.len(), "the server ends with requests in flight");
    }
}

/// Polls `serving` once here and now, and leaves the rest to a task: a request that has come with its connection, as that of a
/// probe has, does not wait behind those of all who are connected already.
async fn begin(connections: &mut JoinSet<()>, serving: impl Future<Output = ()> + Send + 'static) {
    let mut serving = Box::pin(serving);
    let polled = poll_fn(|context| {
        // Unwind safe: after a panic it is never polled again.
        Poll::Ready(catch_unwind(AssertUnwindSafe(|| serving.as_mut().poll(context))))
    });
    match polled.await {
        Ok(Poll::Ready(())) => {}
        Ok(Poll::Pending) => drop(connections.spawn(serving)),
        // The connection ends, and nothing else, as if a task had panicked. Dropping it may panic again.
        Err(payload) => std::mem::forget(payload),
    }
}

/// The next connection.
async fn next(listener: &Listener, places: &Places) -> (Stream, Peer) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // What it lacks may be a file descriptor, and who is idle has one.
                if places.make_room() {
                    tokio::task::yield_now().await;
                } else {
                    tracing::warn!(%error, "the server cannot accept a connection, and none is idle");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Whether the error is of a connection that its client gave up, and says nothing of the next one.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
