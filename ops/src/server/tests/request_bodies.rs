//! Request bodies that are too large, too deeply nested, or have an unsupported content coding.

use super::{exchange, statuses};
use crate::admin::ApiConfig;
use crate::health::Health;
use std::sync::Arc;

fn config() -> ApiConfig {
    let health = Health::new();
    health.register("db", |_context| async {});
    ApiConfig { health: Arc::new(health), ..ApiConfig::empty() }
}

/// Sends a mutation with these headers and this body. Returns the response statuses and all responses.
async fn change(headers: &str, body: &str) -> (Vec<u16>, String) {
    let head = "PUT /admin/health/db/override HTTP/1.1\r\nHost: localhost\r\nX-Ops-Request: 1\r\nContent-Type: application/json";
    let responses = exchange(config(), format!("{head}\r\n{headers}\r\n\r\n{body}").as_bytes()).await;
    (statuses(&responses), responses)
}

#[tokio::test]
async fn oversized_body_is_rejected_without_100_continue() {
    for length in ["65537", "1073741824", "9223372036854775807"] {
        let (statuses, responses) = change(&format!("Expect: 100-continue\r\nContent-Length: {length}"), "").await;
        assert_eq!(statuses, [413], "{responses}");
    }
    let right = r#"{"status":"degraded","reason":"a test","ttl":"1m"}"#;
    let headers = format!("Expect: 100-continue\r\nContent-Length: {}", right.len());
    assert_eq!(change(&headers, right).await.0, [100, 200], "a body within the limit is accepted");
}

#[tokio::test]
async fn oversized_chunked_body_is_not_read_to_its_end() {
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
    for (body, expected) in [
        (chunk.repeat(2), vec![413]),
        // A chunk size that overflows, 20 KiB of chunk extensions, ten thousand trailers.
        ("FFFFFFFFFFFFFFFFF\r\n".to_owned(), vec![400]),
        (format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "x=y;".repeat(5_000)), vec![400]),
        (format!("2\r\n{{}}\r\n0\r\n{}\r\n", "X: y\r\n".repeat(10_000)), vec![400]),
    ] {
        let (statuses, responses) = change("Transfer-Encoding: chunked", &body).await;
        assert_eq!(statuses, expected, "{:.60}: {responses}", body);
    }
}

#[tokio::test]
async fn deeply_nested_or_encoded_bodies_are_rejected() {
    for (body, coding, status) in [
        ("[".repeat(64 * 1024), "", 400),
        ("{\"a\":".repeat(10_000), "", 400),
        (format!("{{\"reason\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000)), "", 400),
        ("{}".to_owned(), "Content-Encoding: gzip\r\n", 415),
        ("{}".to_owned(), "Content-Encoding: identity\r\n", 415),
    ] {
        let (statuses, responses) = change(&format!("{coding}Content-Length: {}", body.len()), &body).await;
        assert_eq!(statuses, [status], "{:.60}: {responses}", body);
    }
}

#[tokio::test]
async fn body_of_a_get_request_is_not_read() {
    for (path, status) in [("/livez", 200), ("/readyz", 200), ("/info", 200), ("/nothing", 404)] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n");
        assert_eq!(statuses(&exchange(config(), head.as_bytes()).await), [status], "{path}");
    }
}
