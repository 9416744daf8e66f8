//! Tests of the server over in-memory pipes, most of them with a paused clock.

mod access_matrix;
mod mutated_requests;
mod request_bodies;
mod request_heads;
mod response_headers;
mod slow_clients;
mod smuggling;
#[cfg(feature = "tls")]
mod tls;

use super::in_memory_server::InMemoryServer;
use crate::admin::{self, AdminState, ApiConfig, Exposure, Limits};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

/// Connects 500 clients that run `client`, over pipes with a capacity of `bytes`.
///
/// Returns the times of the first and last disconnect.
async fn disconnect_times<F: Future<Output = ()> + Send + 'static>(
    server: &InMemoryServer,
    bytes: usize,
    client: impl Fn(DuplexStream) -> F,
) -> [Duration; 2] {
    let started = Instant::now();
    let mut serving = Vec::new();
    for _ in 0..500 {
        let (stream, task) = server.connect(bytes);
        tokio::spawn(client(stream));
        serving.push(task);
    }
    let mut ends = Vec::new();
    for task in serving {
        task.await.unwrap();
        ends.push(started.elapsed());
    }
    [*ends.iter().min().unwrap(), *ends.iter().max().unwrap()]
}

/// Sends `request` to a loopback server of `config` and closes the sending side. Returns all responses.
async fn exchange(config: ApiConfig, request: &[u8]) -> String {
    let admin = AdminState::for_tests(config, Exposure::Loopback);
    send(&InMemoryServer::new(admin::Responder::new(&admin), Limits::default()), request).await
}

/// Sends `request` to `server` and closes the sending side. Returns all responses.
async fn send(server: &InMemoryServer, request: &[u8]) -> String {
    let (mut stream, serving) = server.connect(64 * 1024);
    let mut responses = Vec::new();
    let (mut read, mut write) = tokio::io::split(&mut stream);
    let sending = async {
        // The server may respond and close before it has received everything.
        let _ = write.write_all(request).await;
        let _ = write.shutdown().await;
    };
    let (_, ended) = tokio::join!(sending, read.read_to_end(&mut responses));
    ended.unwrap();
    drop(stream);
    serving.await.unwrap();
    String::from_utf8_lossy(&responses).into_owned()
}

/// Returns the status codes of `responses`.
fn statuses(responses: &str) -> Vec<u16> {
    let starts = responses.match_indices("HTTP/1.1 ").map(|(at, found)| at + found.len());
    starts.map(|at| responses[at..at + 3].parse().unwrap()).collect()
}
