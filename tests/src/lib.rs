//! What the integration tests share: an HTTP client that shows an answer as it came over the wire, and
//! programs of the workspace as a user builds and runs them.

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

/// The headers that every answer has, as [`Answer::headers`] shows them.
pub const ALWAYS: [&str; 7] = [
    "cache-control: no-store",
    "content-security-policy: default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy: same-origin",
    "cross-origin-resource-policy: same-origin",
    "referrer-policy: no-referrer",
    "x-content-type-options: nosniff",
    "x-frame-options: DENY",
];

/// An answer, taken apart and otherwise as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The number of the status line.
    pub status: u16,
    /// The headers but `date` and `connection`, as `name: value` with the name in lower case, sorted.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The value of the header `name`, if it is there once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter_map(|header| header.strip_prefix(name)?.strip_prefix(": "));
        values.next().filter(|_| values.next().is_none())
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is not JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// `GET path` with `headers` over a connection of its own.
pub async fn get(address: SocketAddr, path: &str, headers: &[&str]) -> Answer {
    request(address, "GET", path, headers).await
}

/// `method path` with `headers` over a connection of its own. `Host` is `address` unless the headers have one.
pub async fn request(address: SocketAddr, method: &str, path: &str, headers: &[&str]) -> Answer {
    parse(&exchange(address, &format!("{}\r\n", head(address, method, path, headers))).await)
}

/// `method path` with `headers` and `body` over a connection of its own.
pub async fn send(address: SocketAddr, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
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

/// Sends `bytes` over a connection of its own, and gives all that comes back until the server closes it.
///
/// # Panics
/// If there is no server.
pub async fn exchange(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a server");
    stream.write_all(bytes.as_bytes()).await.expect("a server that reads");
    let mut answer = Vec::new();
    // A reset after the answer is the server's right where it did not read all that was sent.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The header that says who calls.
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

/// Takes the first answer in `text` apart.
///
/// # Panics
/// If it is not an HTTP answer.
#[track_caller]
pub fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status line");
    let mut headers: Vec<_> = lines
        .map(|line| {
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            format!("{}: {value}", name.to_ascii_lowercase())
        })
        .filter(|header| !header.starts_with("date: ") && !header.starts_with("connection: "))
        .collect();
    headers.sort();
    Answer { status, headers, body: body.to_owned() }
}
