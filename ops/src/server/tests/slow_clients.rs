//! Clients that take their time: each is cut off when its limit says, five hundred of each kind as one.

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

/// When the server has closed the connections of 500 such clients: first and last.
async fn closed<F: Future<Output = ()> + Send + 'static>(client: impl Fn(DuplexStream) -> F) -> [Duration; 2] {
    super::closed(&server(), 1024, client).await
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_cut_off_by_the_limit_of_the_head() {
    let ends = closed(|mut stream| async move {
        let _ = stream.read_u8().await;
    });
    assert_eq!(ends.await, [10 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_byte_a_second_does_not_make_a_head_last_longer() {
    let ends = closed(|mut stream| async move {
        for byte in "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: yes\r\n\r\n".bytes() {
            if stream.write_u8(byte).await.is_err() {
                return;
            }
            sleep(SECOND).await;
        }
    });
    let [first, last] = ends.await;
    // The limit begins with the first byte, which comes at once.
    assert!(first >= 10 * SECOND && last <= 11 * SECOND, "{first:?} {last:?}");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_outlasts_the_periods_of_probes_and_scrapes() {
    let ends = closed(|mut stream| async move {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    });
    assert_eq!(ends.await, [75 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_head_after_an_idle_period_has_the_timeout_of_a_head() {
    let ends = closed(|mut stream| async move {
        for _ in 0..3 {
            stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
            let mut answer = [0; 1024];
            assert_ne!(stream.read(&mut answer).await.unwrap(), 0);
            sleep(60 * SECOND).await;
        }
        stream.write_all(b"GET / HT").await.unwrap();
        assert_eq!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
    });
    assert_eq!(ends.await, [190 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_request_at_once_does_not_prolong_its_time() {
    let ends = closed(|mut stream| async move {
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        stream.write_all(&[&request[..], request, b"GET / HT"].concat()).await.unwrap();
        let mut answers = Vec::new();
        let _ = stream.read_to_end(&mut answers).await;
        assert_eq!(String::from_utf8_lossy(&answers).matches("HTTP/1.1 200 OK").count(), 2);
    });
    let [first, last] = ends.await;
    assert!(first == last && last <= 75 * SECOND, "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_wants_and_that_never_comes_holds_nothing_up() {
    let ends = closed(|mut stream| async move {
        stream.write_all(b"POST /refuses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65536\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.starts_with(b"HTTP/1.1 405 "));
    });
    assert_eq!(ends.await, [Duration::ZERO; 2]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_never_read_is_given_up() {
    let ends = closed(|mut stream| async move {
        stream.write_all(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        sleep(1000 * SECOND).await;
    });
    assert_eq!(ends.await, [10 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn who_reads_a_little_now_and_then_is_cut_off_by_age() {
    let ends = closed(|mut stream| async move {
        stream.write_all(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        while stream.read_u8().await.is_ok() {
            sleep(9 * SECOND).await;
        }
    });
    // Its age, and then what a shutdown waits for a request in flight.
    assert_eq!(ends.await, [905 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn who_half_closes_after_the_request_is_answered() {
    let server = server();
    let (mut stream, serving) = server.connect(1024);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
    serving.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_leaves_within_the_head_is_not_waited_for() {
    for sent in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: localhost\r\n"] {
        let half = closed(move |mut stream| async move {
            stream.write_all(sent.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        });
        assert_eq!(half.await, [Duration::ZERO; 2], "{sent:?}");
        let whole = closed(move |mut stream| async move { stream.write_all(sent.as_bytes()).await.unwrap() });
        assert_eq!(whole.await, [Duration::ZERO; 2], "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_does_not_hold_up_the_end() {
    let server = server();
    let (_stream, serving) = server.connect(1024);
    tokio::task::yield_now().await;
    let started = Instant::now();
    server.shutdown.request();
    serving.await.unwrap();
    assert_eq!(started.elapsed(), Duration::ZERO);
}
