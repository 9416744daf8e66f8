//! One GET and the head of its response.
//!
//! An HTTP client races the response against the end of its connection: it fails where a server answers and closes before the
//! request is written, though the response is there. What is asked here is less: all that arrives is read until it is a head, and
//! only then does it matter how the connection ended.

use crate::net::Url;
use httparse::{EMPTY_HEADER, Response, Status};
use std::error::Error;
use std::fmt;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest head that is read, interim responses included, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// The largest number of header fields in a head.
const MAX_FIELDS: usize = 256;

/// Reasons there is no response.
#[derive(Debug)]
pub(super) enum ExchangeError {
    /// The connection was closed before a response.
    Closed,
    /// The connection was closed within the head of a response.
    Truncated,
    /// The connection failed before the end of a head.
    Broken(io::Error),
    /// The response is not HTTP/1.
    Protocol(httparse::Error),
    /// The response is a TLS record.
    Tls,
    /// The head is too long.
    TooLong,
}

/// Sends `GET url` over `stream` and returns the status of the response: the first that is not an interim one.
pub(super) async fn get(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), url: &Url) -> Result<u16, ExchangeError> {
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: ops\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        url.request_target(),
        url.host_header()
    );
    // A server that does not read the request may have answered all the same, and closed.
    let written = stream.write_all(request.as_bytes()).await;
    let mut head = Vec::new();
    let mut interim = 0;
    loop {
        let length = head.len();
        head.resize(length + 4096, 0);
        let read = stream.read(&mut head[length..]).await;
        head.truncate(length + *read.as_ref().unwrap_or(&0));
        while let Some((status, end)) = parse(&head)? {
            if !matches!(status, 100 | 102..=199) {
                return Ok(status);
            }
            interim += end;
            head.drain(..end);
        }
        match read {
            Ok(0) if head.is_empty() => return Err(written.err().map_or(ExchangeError::Closed, ExchangeError::Broken)),
            Ok(0) => return Err(ExchangeError::Truncated),
            Err(error) => return Err(ExchangeError::Broken(error)),
            Ok(_) if interim + head.len() > MAX_HEAD => return Err(ExchangeError::TooLong),
            Ok(_) => {}
        }
    }
}

/// The status of the first head in `bytes` and its length; `None` while it is incomplete.
fn parse(bytes: &[u8]) -> Result<Option<(u16, usize)>, ExchangeError> {
    // A record of TLS begins with its type, 20 to 23, and version 3.
    if matches!(bytes, [20..=23, 3, ..]) {
        return Err(ExchangeError::Tls);
    }
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    let mut response = Response::new(&mut fields);
    match response.parse(bytes) {
        Ok(Status::Complete(end)) => Ok(response.code.map(|status| (status, end))),
        Ok(Status::Partial) => Ok(None),
        Err(error) => Err(ExchangeError::Protocol(error)),
    }
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExchangeError::Closed => f.write_str("the connection was closed without a response"),
            ExchangeError::Truncated => f.write_str("the connection was closed within the head of the response"),
            ExchangeError::Broken(_) => f.write_str("the connection failed before the response"),
            ExchangeError::Protocol(_) => f.write_str("the response is not HTTP/1.1"),
            ExchangeError::Tls => f.write_str("the response is not HTTP/1.1: the port speaks TLS"),
            ExchangeError::TooLong => write!(f, "the head of the response is longer than {MAX_HEAD} bytes"),
        }
    }
}

impl Error for ExchangeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ExchangeError::Broken(error) => Some(error),
            ExchangeError::Protocol(error) => Some(error),
            ExchangeError::Closed | ExchangeError::Truncated | ExchangeError::Tls | ExchangeError::TooLong => None,
        }
    }
}
