//! A minimal HTTP client, with which the self-test calls the service.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::net::SocketAddr;
use tokio::net::TcpStream;

pub(crate) async fn get(address: SocketAddr, path: &str) -> Result<(StatusCode, String), Box<dyn Error>> {
    send(address, Request::get(path).body(Full::default())?).await
}

pub(crate) async fn post(
    address: SocketAddr,
    path: &str,
    body: &serde_json::Value,
) -> Result<(StatusCode, String), Box<dyn Error>> {
    let request = Request::post(path).header(CONTENT_TYPE, "application/json");
    send(address, request.body(Full::from(body.to_string()))?).await
}

/// Sends one request over a new connection.
async fn send(address: SocketAddr, mut request: Request<Full<Bytes>>) -> Result<(StatusCode, String), Box<dyn Error>> {
    request.headers_mut().insert(HOST, address.to_string().try_into()?);
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Drives the connection until the sender is dropped.
    tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8(body.to_vec())?))
}
