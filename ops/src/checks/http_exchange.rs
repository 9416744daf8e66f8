//! A minimal HTTP/1.1 client: sends one GET request and reads the response head.
//!
//! General HTTP clients fail if a server responds and closes the connection before the request is fully written. Here everything
//! received is parsed first, and a connection error is reported only if there is no complete response head.

use crate::net::Url;
use httparse::{EMPTY_HEADER, Response, Status};
use std::error::Error;
use std::fmt;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Maximum size of all response heads, including interim responses, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// Maximum number of header fields in a response head.
const MAX_FIELDS: usize = 256;

/// Reasons an exchange fails.
#[derive(Debug)]
pub(super) enum ExchangeError {
    /// The connection was closed before the response.
    Closed,
    /// The connection was closed before the end of a response head.
    Truncated,
    /// The connection failed before the end of the response head.
    Broken(io::Error),
    /// The response is not HTTP/1.
    Protocol(httparse::Error),
    /// The response is a TLS record.
    Tls,
    /// The response heads exceed the maximum size.
    TooLong,
}

/// Sends `GET url` over `stream`. Returns the status of the final response.
pub(super) async fn get(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), url: &Url) -> Result<u16, ExchangeError> {
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: ops\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        url.request_target(),
        url.host_header()
    );
    // A write error is not final: the server may respond without reading the request, then close the connection.
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

/// Parses the head at the start of `bytes`. Returns its status and length; `None` if incomplete.
fn parse(bytes: &[u8]) -> Result<Option<(u16, usize)>, ExchangeError> {
    // A TLS record starts with its content type, 20 to 23, and major version 3.
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
            ExchangeError::Closed => f.write_str("connection closed without a response"),
            ExchangeError::Truncated => f.write_str("connection closed within the response head"),
            ExchangeError::Broken(_) => f.write_str("connection failed before the response"),
            ExchangeError::Protocol(_) => f.write_str("response is not HTTP/1.1"),
            ExchangeError::Tls => f.write_str("response is not HTTP/1.1: the port expects TLS"),
            ExchangeError::TooLong => write!(f, "response head exceeds {MAX_HEAD} bytes"),
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
