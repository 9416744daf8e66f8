//! Scrapes as they come over the wire: any bytes, chunked or not, compressed or not.

use crate::{Answer, parse};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What `/metrics` answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scrape {
    /// The status and the headers; the body is empty here.
    pub head: Answer,
    /// The body, without the framing of chunks; nothing if the connection ended before it did.
    pub body: Option<Vec<u8>>,
}

impl Scrape {
    /// The body as text.
    ///
    /// # Panics
    /// If it is broken or not text.
    #[track_caller]
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone().expect("a whole body")).expect("text")
    }
}

/// `GET path` with `headers` over a connection of its own.
///
/// # Panics
/// If there is no server.
pub async fn scrape(address: SocketAddr, path: &str, headers: &[&str]) -> Scrape {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
    let mut stream = TcpStream::connect(address).await.expect("a server");
    stream.write_all(request.as_bytes()).await.expect("a server that reads");
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer).await;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = parse(&String::from_utf8_lossy(&answer[..end + 4]));
    let body = answer[end + 4..].to_vec();
    let body = match (head.header("content-length"), head.header("transfer-encoding")) {
        (Some(length), _) => Some(body).filter(|body| Some(body.len()) == length.parse().ok()),
        (None, Some("chunked")) => unchunked(&body),
        _ => ended.is_ok().then_some(body),
    };
    Scrape { head, body }
}

/// The bytes of a chunked body; nothing if its last chunk is missing.
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
