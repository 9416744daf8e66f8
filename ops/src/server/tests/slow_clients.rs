//! Slow clients (slowloris, slow read) are disconnected after the timeout of the current phase.

use super::InMemoryServer;
use crate::admin::Limits;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::{get, post};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

fn server() -> InMemoryServer {
    let limits = Limits::default().max_connections_per_address(1000);
    let router = Router::new()
        .route("/", get(|| async { "ok" }))
        .route("/large", get(|| async { vec![b'x'; 1024 * 1024] }))
        .route("/refuses", post(|_request: Request| async { StatusCode::METHOD_NOT_ALLOWED }));
    InMemoryServer::new(router, limits)
}

/// Connects 500 clients that run `client`. Returns the times of the first and last disconnect.
async fn disconnect_times<F: Future<Output = ()> + Send + 'static>(
    client: impl Fn(DuplexStream) -> F,
) -> [Duration; 2] {
    super::disconnect_times(&server(), 1024, client).await
}

#[tokio::test(start_paused = true)]
async fn silent_client_is_disconnected_after_the_head_timeout() {
    let ends = disconnect_times(|mut stream| async move {
        let _ = stream.read_u8().await;
    });
    assert_eq!(ends.await, [10 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn byte_per_second_does_not_extend_the_head_timeout() {
    let ends = disconnect_times(|mut stream| async move {
        for byte in "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: yes\r\n\r\n".bytes() {
            if stream.write_u8(byte).await.is_err() {
                return;
            }
            sleep(SECOND).await;
        }
    });
    let [first, last] = ends.await;
    // The timeout starts at the first byte, which is sent immediately.
    assert!(first >= 10 * SECOND && last <= 11 * SECOND, "{first:?} {last:?}");
}

#[tokio::test(start_paused = true)]
async fn idle_connection_stays_open_between_probes_and_scrapes() {
    let ends = disconnect_times(|mut stream| async move {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response).await;
        assert!(response.starts_with(b"HTTP/1.1 200 OK\r\n"));
    });
    assert_eq!(ends.await, [75 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn head_timeout_applies_after_an_idle_period() {
    let ends = disconnect_times(|mut stream| async move {
        for _ in 0..3 {
            stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
            let mut response = [0; 1024];
            assert_ne!(stream.read(&mut response).await.unwrap(), 0);
            sleep(60 * SECOND).await;
        }
        stream.write_all(b"GET / HT").await.unwrap();
        assert_eq!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
    });
    assert_eq!(ends.await, [190 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn partial_pipelined_request_does_not_extend_the_timeout() {
    let ends = disconnect_times(|mut stream| async move {
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        stream.write_all(&[&request[..], request, b"GET / HT"].concat()).await.unwrap();
        let mut responses = Vec::new();
        let _ = stream.read_to_end(&mut responses).await;
        assert_eq!(String::from_utf8_lossy(&responses).matches("HTTP/1.1 200 OK").count(), 2);
    });
    let [first, last] = ends.await;
    assert!(first == last && last <= 75 * SECOND, "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn response_does_not_wait_for_an_unread_body() {
    let ends = disconnect_times(|mut stream| async move {
        stream.write_all(b"POST /refuses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65536\r\n\r\n").await.unwrap();
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response).await;
        assert!(response.starts_with(b"HTTP/1.1 405 "));
    });
    assert_eq!(ends.await, [Duration::ZERO; 2]);
}

#[tokio::test(start_paused = true)]
async fn client_that_never_reads_is_disconnected_after_the_write_timeout() {
    let ends = disconnect_times(|mut stream| async move {
        stream.write_all(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        sleep(1000 * SECOND).await;
    });
    assert_eq!(ends.await, [10 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn slow_reader_is_disconnected_at_the_maximum_connection_age() {
    let ends = disconnect_times(|mut stream| async move {
        stream.write_all(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        while stream.read_u8().await.is_ok() {
            sleep(9 * SECOND).await;
        }
    });
    // The maximum age, plus the shutdown timeout for a request in flight.
    assert_eq!(ends.await, [905 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn half_closed_connection_receives_its_response() {
    let server = server();
    let (mut stream, serving) = server.connect(1024);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.ends_with("\r\n\r\nok"), "{response}");
    serving.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn disconnect_within_the_head_ends_the_connection_at_once() {
    for sent in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: localhost\r\n"] {
        let half = disconnect_times(move |mut stream| async move {
            stream.write_all(sent.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        });
        assert_eq!(half.await, [Duration::ZERO; 2], "{sent:?}");
        let whole = disconnect_times(move |mut stream| async move { stream.write_all(sent.as_bytes()).await.unwrap() });
        assert_eq!(whole.await, [Duration::ZERO; 2], "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn silent_client_does_not_delay_shutdown() {
    let server = server();
    let (_stream, serving) = server.connect(1024);
    tokio::task::yield_now().await;
    let started = Instant::now();
    server.shutdown.request();
    serving.await.unwrap();
    assert_eq!(started.elapsed(), Duration::ZERO);
}
