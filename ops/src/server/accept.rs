//! The accept loop: so many connections at a time, and an end in bounded time.

use super::connection;
use super::stop::Stopped;
use crate::admin::Limits;
use axum::Router;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// How long to wait after a failure that would come again at once, such as that the process has no file descriptor left.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves what `listener` accepts with `router`, until `stopped`; then ends what is in flight.
pub(super) async fn accept(listener: TcpListener, router: Router, limits: Arc<Limits>, mut stopped: Stopped) {
    let places = Arc::new(Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stopped.wished() => break,
            Some(_ended) = connections.join_next() => {}
            (stream, place) = next(&listener, &places) => {
                let serving = connection::serve(stream, router.clone(), limits.clone(), stopped.clone());
                connections.spawn(async {
                    serving.await;
                    drop(place);
                });
            }
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.shutdown_timeout, ended).await.is_err() {
        tracing::warn!(connections = connections.len(), "the server ends with requests in flight");
    }
}

/// The next connection, once there is a place for it. What waits meanwhile waits in the backlog.
async fn next(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        // The semaphore is never closed.
        let Ok(place) = places.clone().acquire_owned().await else { std::future::pending().await };
        match listener.accept().await {
            Ok((stream, _peer)) => return (stream, place),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "the server cannot accept a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether the error is of a connection that its client gave up, and says nothing of the next one.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
