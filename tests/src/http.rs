//! An HTTP client that does one request over a connection of its own.

use serde_json::Value;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a server answers to `GET path`: the status and the body.
///
/// # Errors
/// When the server cannot be reached, or its answer is no HTTP.
pub async fn get(address: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    send(address, &format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")).await
}

/// What a server answers to `POST path` with a body of JSON.
///
/// # Errors
/// As [`get`].
pub async fn post(address: SocketAddr, path: &str, body: &Value) -> io::Result<(u16, String)> {
    let body = body.to_string();
    let length = body.len();
    let head = format!("POST {path} HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json");
    send(address, &format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}")).await
}

/// Sends a request of HTTP/1.0, the version in which an answer is never chunked and ends with its connection.
async fn send(address: SocketAddr, request: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| no_http(&answer))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| no_http(&answer))?;
    Ok((status, body.to_owned()))
}

fn no_http(answer: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("no answer of HTTP: {answer:?}"))
}
