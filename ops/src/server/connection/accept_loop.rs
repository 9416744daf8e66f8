//! The accept loop: a permit for each connection, and a shutdown in bounded time.

use super::acceptor::Acceptor;
use super::connection_limiter::ConnectionLimiter;
use super::service::ConnectionService;
use crate::admin::Limits;
use crate::log;
use crate::server::listen::{Listener, Stream};
use ops_core::unwind::catch_panic;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Serves what `listener` accepts until shutdown, then waits for requests in flight.
pub(crate) async fn accept_connections(listener: Listener, service: ConnectionService) {
    let limiter = Arc::new(ConnectionLimiter::new(&service.limits));
    let shutdown = service.shutdown.clone();
    let mut connections = JoinSet::new();
    let (max_connections, mut acceptor) = (limiter.max_connections(), Acceptor::new(listener));
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = shutdown.requested() => break,
            Some(_ended) = connections.join_next() => continue,
            // Evicted connections end before new ones are accepted: else a flood accumulates evicted ones.
            accepted = acceptor.next(&limiter), if connections.len() <= max_connections => accepted,
        };
        // Without a permit it is closed, which tells its client at once.
        let Some(permit) = limiter.acquire(peer) else { continue };
        let service = service.clone();
        match stream {
            Stream::Tcp(stream) => {
                set_socket_options(&stream, &service.limits);
                start_serving(&mut connections, service.serve(stream, peer, permit)).await;
            }
            #[cfg(unix)]
            Stream::Unix(stream) => {
                start_serving(&mut connections, service.serve(stream, peer, permit)).await;
            }
        }
    }
    drop(acceptor);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(service.limits.shutdown_timeout, ended).await.is_err() {
        let connections = connections.len();
        log::emit(move || tracing::warn!(connections, "the server ends with requests in flight"));
    }
}

/// Sets socket options. A failure is ignored: the connection works without them.
fn set_socket_options(stream: &TcpStream, limits: &Limits) {
    // Responses are small and written whole. Without it they are only slower.
    let _ = stream.set_nodelay(true);
    // A peer that has vanished takes what is sent as far as the system's buffers go, and a stream of events may never fill
    // them: the system gives up what is not acknowledged.
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(limits.write_timeout));
}

/// Polls `serving` once here and now, and leaves the rest to a task: a request that has come with its connection, as that of a
/// probe has, does not wait behind those of all who are connected already.
async fn start_serving(connections: &mut JoinSet<()>, serving: impl Future<Output = ()> + Send + 'static) {
    let mut serving = Box::pin(serving);
    let polled = poll_fn(|context| {
        // After a panic it is never polled again.
        Poll::Ready(catch_panic(|| serving.as_mut().poll(context)))
    });
    match polled.await {
        Ok(Poll::Ready(())) => {}
        Ok(Poll::Pending) => drop(connections.spawn(serving)),
        // The connection ends, and nothing else, as if a task had panicked.
        Err(_message) => {}
    }
}
