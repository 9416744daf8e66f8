//! Scrapes `/metrics` and returns the body as bytes: chunked or not, compressed or not.

use crate::{Response, parse};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The response to a scrape.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scrape {
    /// Status and headers, with an empty body.
    pub head: Response,
    /// Body without chunked framing, or `None` if the connection was closed before its end.
    pub body: Option<Vec<u8>>,
}

impl Scrape {
    /// Returns the body as text.
    ///
    /// # Panics
    /// Panics if the body is incomplete or not UTF-8.
    #[track_caller]
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone().expect("the body must be complete")).expect("the body must be UTF-8")
    }
}

/// Sends `GET path` with `headers` over a new connection.
///
/// # Panics
/// Panics if the connection cannot be established, or is closed before the response head.
pub async fn scrape(address: SocketAddr, path: &str, headers: &[&str]) -> Scrape {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
    let mut stream = TcpStream::connect(address).await.expect("the server must accept the connection");
    stream.write_all(request.as_bytes()).await.expect("the server must read the request");
    let mut response = Vec::new();
    let ended = stream.read_to_end(&mut response).await;
    let end = response.windows(4).position(|window| window == b"\r\n\r\n").expect("the response must have a head");
    let head = parse(&String::from_utf8_lossy(&response[..end + 4]));
    let body = response[end + 4..].to_vec();
    let body = match (head.header("content-length"), head.header("transfer-encoding")) {
        (Some(length), _) => Some(body).filter(|body| Some(body.len()) == length.parse().ok()),
        (None, Some("chunked")) => unchunked(&body),
        _ => ended.is_ok().then_some(body),
    };
    Scrape { head, body }
}

/// Decodes a chunked body, or returns `None` if the last chunk is missing.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let length = usize::from_str_radix(str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
        rest = &rest[line + 2..];
        if length == 0 {
            return (rest == b"\r\n").then_some(body);
        }
        body.extend_from_slice(rest.get(..length)?);
        rest = rest.get(length + 2..)?;
    }
}
