//! The accept loop: a place for each connection, and an end in bounded time.

use super::connection::Service;
use super::listener::{Listener, Stream};
use super::newcomers::Newcomers;
use super::places::Places;
use crate::admin::Limits;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Serves what `listener` accepts, until `service` is stopped; then ends what is in flight.
pub(super) async fn accept(listener: Listener, service: Service) {
    let places = Arc::new(Places::new(&service.limits));
    let mut stopped = service.stopped.clone();
    let mut connections = JoinSet::new();
    let (most, mut newcomers) = (places.most(), Newcomers::new(listener));
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = stopped.wished() => break,
            Some(_ended) = connections.join_next() => continue,
            // Who has lost the place goes before who is new comes: else a flood has ever more of those who are to leave.
            accepted = newcomers.next(&places), if connections.len() <= most => accepted,
        };
        // Without a place it is closed, which tells its client at once.
        let Some(place) = places.take(peer) else { continue };
        let service = service.clone();
        match stream {
            Stream::Tcp(stream) => {
                prepare(&stream, &service.limits);
                begin(&mut connections, service.serve(stream, peer, place)).await;
            }
            #[cfg(unix)]
            Stream::Unix(stream) => {
                begin(&mut connections, service.serve(stream, peer, place)).await;
            }
        }
    }
    drop(newcomers);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(service.limits.shutdown_timeout, ended).await.is_err() {
        tracing::warn!(connections = connections.len(), "the server ends with requests in flight");
    }
}

/// Sets what is better set; all goes on without it.
fn prepare(stream: &TcpStream, limits: &Limits) {
    // Answers are small and written whole. Without it they are only slower.
    let _ = stream.set_nodelay(true);
    // A peer that has vanished takes what is sent as far as the system's buffers go, and a stream of events may never fill
    // them: the system gives up what is not acknowledged.
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(limits.write_progress_timeout));
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
