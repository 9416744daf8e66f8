//! The accept loop: serves connections within the limits until shutdown.

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

/// Serves connections of `listener` until shutdown, then waits for requests in flight.
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
            // Wait for evicted connections to end before accepting further ones; otherwise they would accumulate in a flood.
            accepted = acceptor.next(&limiter), if connections.len() <= max_connections => accepted,
        };
        // Without a permit, dropping the stream closes the connection.
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
        log::emit(move || {
            tracing::warn!(connections, "shutdown timeout elapsed: closing connections with requests in flight")
        });
    }
}

/// Sets socket options. Errors are ignored: the connection works without the options.
fn set_socket_options(stream: &TcpStream, limits: &Limits) {
    // TCP_NODELAY: responses are small and written in one piece; Nagle's algorithm would delay them.
    let _ = stream.set_nodelay(true);
    // TCP_USER_TIMEOUT: the events of a stream may never fill the send buffer, so a vanished peer does not trigger the write
    // timeout. The kernel closes the connection if data remains unacknowledged.
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(limits.write_timeout));
}

/// Polls `serving` once and spawns a task for the rest.
///
/// If the request has already arrived, as it usually has for a probe, it is answered without waiting for the tasks of other
/// connections.
async fn start_serving(connections: &mut JoinSet<()>, serving: impl Future<Output = ()> + Send + 'static) {
    let mut serving = Box::pin(serving);
    let polled = poll_fn(|context| Poll::Ready(catch_panic(|| serving.as_mut().poll(context))));
    match polled.await {
        Ok(Poll::Ready(())) => {}
        Ok(Poll::Pending) => drop(connections.spawn(serving)),
        // Only this connection ends, as after a panic in a task; the future is not polled again.
        Err(_message) => {}
    }
}
