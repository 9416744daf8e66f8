//! The server without a network: its clients are at the other end of pipes, and time is the tests' own.

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

/// When the server has closed the connections of 500 such clients, into each of which so many bytes fit: first and last.
async fn closed<F: Future<Output = ()> + Send + 'static>(
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

/// What a server of `config` at a loopback address answers to `request`, whose client then says no more; with `HTTP/1.1 ` before
/// each answer.
async fn exchange(config: ApiConfig, request: &[u8]) -> String {
    let admin = AdminState::for_tests(config, Exposure::Loopback);
    ask(&InMemoryServer::new(admin::Responder::new(&admin), Limits::default()), request).await
}

/// The same, where there is a server.
async fn ask(server: &InMemoryServer, request: &[u8]) -> String {
    let (mut stream, serving) = server.connect(64 * 1024);
    let mut answers = Vec::new();
    let (mut read, mut write) = tokio::io::split(&mut stream);
    let sending = async {
        // Some are answered, and closed, before they are sent.
        let _ = write.write_all(request).await;
        let _ = write.shutdown().await;
    };
    let (_, ended) = tokio::join!(sending, read.read_to_end(&mut answers));
    ended.unwrap();
    drop(stream);
    serving.await.unwrap();
    String::from_utf8_lossy(&answers).into_owned()
}

/// The statuses of answers.
fn statuses(answers: &str) -> Vec<u16> {
    let starts = answers.match_indices("HTTP/1.1 ").map(|(at, found)| at + found.len());
    starts.map(|at| answers[at..at + 3].parse().unwrap()).collect()
}
