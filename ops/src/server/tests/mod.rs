//! The server without a network: its clients are at the other end of pipes, and time is the tests' own.

mod bodies;
mod headers;
mod heads;
mod hostile;
mod matrix;
mod slow;
mod smuggling;
#[cfg(feature = "tls")]
mod tls;

use super::pipes::Pipes;
use crate::admin::{self, Admin, Exposure, Limits, Sources};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

/// When the server has closed the connections of 500 such clients, into each of which so many bytes fit: first and last.
async fn closed<F: Future<Output = ()> + Send + 'static>(
    pipes: &Pipes,
    bytes: usize,
    client: impl Fn(DuplexStream) -> F,
) -> [Duration; 2] {
    let started = Instant::now();
    let mut servers = Vec::new();
    for _ in 0..500 {
        let (stream, server) = pipes.connect(bytes);
        tokio::spawn(client(stream));
        servers.push(server);
    }
    let mut ends = Vec::new();
    for server in servers {
        server.await.unwrap();
        ends.push(started.elapsed());
    }
    [*ends.iter().min().unwrap(), *ends.iter().max().unwrap()]
}

/// What a server of `sources` at a loopback address answers to `request`, whose client then says no more; with `HTTP/1.1 ` before
/// each answer.
async fn exchange(sources: Sources, request: &[u8]) -> String {
    let admin = Admin::of(sources, Exposure::Loopback);
    ask(&Pipes::new(admin::Answers::new(&admin), Limits::default()), request).await
}

/// The same, where there is a server.
async fn ask(pipes: &Pipes, request: &[u8]) -> String {
    let (mut stream, server) = pipes.connect(64 * 1024);
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
    server.await.unwrap();
    String::from_utf8_lossy(&answers).into_owned()
}

/// The statuses of answers.
fn statuses(answers: &str) -> Vec<u16> {
    let starts = answers.match_indices("HTTP/1.1 ").map(|(at, found)| at + found.len());
    starts.map(|at| answers[at..at + 3].parse().unwrap()).collect()
}
