//! One connection: HTTP/1.1 with limits on its heads and on its age.

use super::stop::Stopped;
use crate::admin::{self, Limits};
use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpStream;

/// The least that hyper takes as the size of its buffer.
const LEAST_BUFFER: usize = 8 * 1024;

/// Answers the requests of one connection, until its client leaves, it is too old or the server is `stopped`.
pub(super) async fn serve(stream: TcpStream, router: Router, limits: Arc<Limits>, mut stopped: Stopped) {
    // Answers are small and written whole. If it cannot be set they are only slower.
    let _ = stream.set_nodelay(true);
    let was_asked = Arc::new(AtomicBool::new(false));
    let service = service_fn({
        let (limits, was_asked) = (limits.clone(), was_asked.clone());
        move |request: hyper::Request<hyper::body::Incoming>| {
            was_asked.store(true, Ordering::Relaxed);
            let answer = admin::answer(router.clone(), request.map(Body::new), limits.request_timeout);
            async { Ok::<_, Infallible>(answer.await) }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.request_head_timeout)
        .max_buf_size(limits.request_head_bytes.max(LEAST_BUFFER))
        .max_header_size(limits.request_head_bytes)
        .max_headers(limits.request_headers)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let time_to_end = async {
        tokio::select! {
            () = stopped.wished() => {}
            () = tokio::time::sleep(limits.connection_age) => {}
        }
    };
    // An error of a connection is its client's: gone, too slow or not speaking HTTP. hyper has answered what can be.
    tokio::select! {
        _ended = connection.as_mut() => return,
        () = time_to_end => {}
    }
    // hyper waits for the first request of a new connection, which may never come.
    if was_asked.load(Ordering::Relaxed) {
        connection.as_mut().graceful_shutdown();
        let _ended_or_elapsed = tokio::time::timeout(limits.shutdown_timeout, connection).await;
    }
}
