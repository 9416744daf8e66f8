//! Shared test support: HTTP clients, certificates, third-party servers, and workspace programs.

pub mod certificates;
pub mod exposition;
pub mod log;
pub mod memory;
pub mod program;
pub mod quickstart;
pub mod readiness;
pub mod real;
pub mod scrape;
pub mod tls;

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Headers of every response, in the form of [`Response::headers`].
pub const SECURITY_HEADERS: [&str; 7] = [
    "cache-control: no-store",
    "content-security-policy: default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy: same-origin",
    "cross-origin-resource-policy: same-origin",
    "referrer-policy: no-referrer",
    "x-content-type-options: nosniff",
    "x-frame-options: DENY",
];

/// A parsed HTTP response. The body is not decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Sorted `name: value` lines with lowercase names, without `date` and `connection`.
    pub headers: Vec<String>,
    /// Response body.
    pub body: String,
}

impl Response {
    /// Returns the value of the header `name`, or `None` if it is missing or repeated.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter_map(|header| header.strip_prefix(name)?.strip_prefix(": "));
        values.next().filter(|_| values.next().is_none())
    }

    /// Parses the body as JSON.
    ///
    /// # Panics
    /// Panics if the body is not valid JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// Sends `GET path` with `headers` over a new connection.
pub async fn get(address: SocketAddr, path: &str, headers: &[&str]) -> Response {
    request(address, "GET", path, headers).await
}

/// Sends `method path` with `headers` over a new connection.
///
/// `Host` defaults to `address`.
pub async fn request(address: SocketAddr, method: &str, path: &str, headers: &[&str]) -> Response {
    parse(&exchange(address, &format!("{}\r\n", head(address, method, path, headers))).await)
}

/// Sends `method path` with `headers` and `body` over a new connection.
pub async fn send(address: SocketAddr, method: &str, path: &str, headers: &[&str], body: &str) -> Response {
    let head = head(address, method, path, headers);
    parse(&exchange(address, &format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).await)
}

fn head(address: SocketAddr, method: &str, path: &str, headers: &[&str]) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|header| header.to_ascii_lowercase().starts_with("host:")) {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head
}

/// Sends `bytes` over a new connection and returns everything received until the server closes it.
///
/// # Panics
/// Panics if the connection cannot be established or written to.
pub async fn exchange(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the server must accept the connection");
    stream.write_all(bytes.as_bytes()).await.expect("the server must read the request");
    let mut response = Vec::new();
    // The server may reset the connection after its response if it has not read the whole request.
    let _ = stream.read_to_end(&mut response).await;
    String::from_utf8_lossy(&response).into_owned()
}

/// Returns an `Authorization` header for HTTP Basic authentication, from `user:password`.
pub fn basic(user_and_password: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encoded = user_and_password.as_bytes().chunks(3).flat_map(|chunk| {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        (0..4).map(move |at| match at > chunk.len() {
            true => '=',
            false => char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63]),
        })
    });
    format!("Authorization: Basic {}", encoded.collect::<String>())
}

/// Parses the first HTTP response in `text`.
///
/// # Panics
/// Panics if `text` is not an HTTP response.
#[track_caller]
pub fn parse(text: &str) -> Response {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("incomplete response head: {text:?}"));
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .expect("the response must have a status line");
    let mut headers: Vec<_> = lines
        .map(|line| {
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            format!("{}: {value}", name.to_ascii_lowercase())
        })
        .filter(|header| !header.starts_with("date: ") && !header.starts_with("connection: "))
        .collect();
    headers.sort();
    Response { status, headers, body: body.to_owned() }
}
