//! Oversized and malformed request heads, and path traversal.

use super::{exchange, statuses};
use crate::admin::ApiConfig;

async fn status(head: &str) -> u16 {
    let responses = exchange(ApiConfig::empty(), head.as_bytes()).await;
    let statuses = statuses(&responses);
    assert_eq!(statuses.len(), 1, "{:.100}: {responses}", head);
    // The connection is closed, so that bytes that follow are not parsed as a request.
    assert!(statuses[0] < 400 || responses.contains("connection: close"), "{:.100}: {responses}", head);
    statuses[0]
}

#[tokio::test]
async fn malformed_heads_are_rejected_and_close_the_connection() {
    let get = |rest: &str| format!("GET /livez HTTP/1.1\r\nHost: localhost\r\n{rest}\r\n\r\n");
    for (head, expected) in [
        (get(&"X: y\r\n".repeat(65)), 431),
        (get(&"X: y\r\n".repeat(10_000)), 431),
        (get(&format!("X: {}", "y".repeat(1024 * 1024))), 431),
        (get(&format!("{}: y", "X".repeat(1024 * 1024))), 431),
        (format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(70_000)), 431),
        (format!("{} / HTTP/1.1\r\nHost: localhost\r\n\r\n", "G".repeat(1024 * 1024)), 431),
        (get("no colon"), 400),
        (get("X: y\r\n folded: yes"), 400),
        (get("X\0: y"), 400),
        (get("X: y\0"), 400),
        (get("X: y\rZ: z"), 400),
        (get("X : y"), 400),
        (get(": y"), 400),
        ("GET /livez\0 HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 400),
        ("GET  /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 400),
        ("GET /livez HTTP/1.1 \r\nHost: localhost\r\n\r\n".to_owned(), 400),
        ("GET /livez HTTP/1.2\r\nHost: localhost\r\n\r\n".to_owned(), 400),
        ("GET /livez HTTP/3\r\nHost: localhost\r\n\r\n".to_owned(), 400),
        ("GET /livez\r\n\r\n".to_owned(), 400),
        ("\u{16}\u{3}\u{1}\0\u{5}".to_owned() + "\r\n\r\n", 400),
    ] {
        assert_eq!(status(&head).await, expected, "{:.100}", head);
    }
}

/// The server serves no files, so path traversal finds no route.
#[tokio::test]
async fn path_traversal_is_not_found() {
    let up = ["..", ".", "%2e%2e", "%2E%2E", "..%00", "..;", "....", "%252e%252e", "..\\", "%c0%ae%c0%ae"];
    let to = ["etc/passwd", "proc/self/environ", "Cargo.toml", "C:/Windows/win.ini"];
    let mut requests = 0;
    for path in up.iter().flat_map(|up| to.map(|to| format!("/{up}/{up}/{up}/{up}/{up}/{to}"))) {
        requests += 1;
        let status = status(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(status, 404, "{path}");
    }
    assert_eq!(requests, 40);
}
