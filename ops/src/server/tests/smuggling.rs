//! Request smuggling: ambiguous framing is rejected, and following bytes are not parsed as a request.

use super::InMemoryServer;
use crate::admin::Limits;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A second request on the same connection, which must not be reached after ambiguous framing.
const NEXT: &str = "GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Sends a message with this head and body, followed by [`NEXT`].
///
/// Returns the handled requests and the response statuses.
async fn handled(head: &str, body: &str) -> (Vec<String>, Vec<u16>) {
    let handled = Arc::new(Mutex::new(Vec::new()));
    let seen = handled.clone();
    let router = Router::new().fallback(async move |request: Request| {
        let request_line = format!("{} {}", request.method(), request.uri());
        let (status, body) = match to_bytes(request.into_body(), 1024).await {
            Ok(bytes) => (StatusCode::OK, String::from_utf8_lossy(&bytes).into_owned()),
            Err(_broken) => (StatusCode::BAD_REQUEST, "broken".to_owned()),
        };
        seen.lock().unwrap().push(format!("{request_line} {body}").trim_end().to_owned());
        status
    });
    let server = InMemoryServer::new(router, Limits::default());
    let (mut stream, serving) = server.connect(64 * 1024);
    stream.write_all(format!("{head}\r\nHost: localhost\r\n\r\n{body}{NEXT}").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut responses = String::new();
    stream.read_to_string(&mut responses).await.unwrap();
    serving.await.unwrap();
    let statuses = responses.split("HTTP/1.").skip(1).map(|response| response[2..5].parse().unwrap()).collect();
    let handled = handled.lock().unwrap().clone();
    (handled, statuses)
}

fn post(headers: &str) -> String {
    format!("POST /first HTTP/1.1\r\n{headers}")
}

#[tokio::test]
async fn unambiguous_framing_is_accepted() {
    for (headers, body) in [
        ("Content-Length: 5", "hello"),
        ("Content-Length: 005", "hello"),
        ("Content-Length: 5\r\nContent-Length: 5", "hello"),
        ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
        ("Transfer-Encoding:\tchunked", "5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n"),
        ("transfer-encoding: Chunked", "05\r\nhello\r\n00\r\n\r\n"),
    ] {
        let expected = (vec!["POST /first hello".to_owned(), "GET /next".to_owned()], vec![200, 200]);
        assert_eq!(handled(&post(headers), body).await, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn ambiguous_framing_is_rejected_and_closes_the_connection() {
    let chunks = "5\r\nhello\r\n0\r\n\r\n";
    for head in [
        post("Content-Length: 5\r\nContent-Length: 6"),
        post("Content-Length: 5, 6"),
        post("Content-Length: +5"),
        post("Content-Length: -5"),
        post("Content-Length: 0x5"),
        post("Content-Length: 5 5"),
        post("Content-Length: 18446744073709551621"),
        post("Content-Length:"),
        post("Transfer-Encoding: chunked, identity"),
        post("Transfer-Encoding: xchunked"),
        post("Transfer-Encoding: chunkedx"),
        post("Transfer-Encoding: \u{b}chunked"),
        post("Transfer-Encoding: chunked\u{b}"),
        post("Transfer-Encoding: \"chunked\""),
        post("Transfer-Encoding: identity"),
        post("Transfer-Encoding:"),
        post("Transfer_Encoding : chunked"),
        post("Content-Length: 5\u{b}"),
        post("Content-Length: 5;"),
        post("Content-Length: 5.0"),
        post("Content-Length: ٥"),
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        post("Transfer-Encoding : chunked"),
        post("X: folded\r\n Transfer-Encoding: chunked"),
        post("X: y\rTransfer-Encoding: chunked"),
        "POST /first HTTP/1.0\r\nTransfer-Encoding: chunked".to_owned(),
    ] {
        assert_eq!(handled(&head, chunks).await, (vec![], vec![400]), "{head:?}");
    }
}

#[tokio::test]
async fn chunked_encoding_overrides_content_length_and_closes_the_connection() {
    let both = post("Content-Length: 5\r\nTransfer-Encoding: chunked");
    // The connection is closed, because an intermediary may have used `Content-Length`.
    let expected = (vec!["POST /first hello".to_owned()], vec![200]);
    assert_eq!(handled(&both, "5\r\nhello\r\n0\r\n\r\n").await, expected);
    for chunks in ["x\r\n", "FFFFFFFFFFFFFFFFF\r\n", "-1\r\n", "5\r\nhelloX\r\n0\r\n\r\n"] {
        let expected = (vec!["POST /first broken".to_owned()], vec![400]);
        assert_eq!(handled(&post("Transfer-Encoding: chunked"), chunks).await, expected, "{chunks:?}");
    }
}

#[tokio::test]
async fn other_protocols_are_rejected_or_ignored() {
    let (nothing, statuses) = handled("PRI * HTTP/2.0", "SM\r\n\r\n").await;
    assert_eq!((nothing, statuses.as_slice()), (vec![], &[400][..]));
    let upgrade =
        "GET /first HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk";
    let both = vec!["GET /first".to_owned(), "GET /next".to_owned()];
    assert_eq!(handled(upgrade, "").await, (both, vec![200, 200]), "the upgrade is ignored");
}
