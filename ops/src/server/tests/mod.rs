//! The server without a network: its clients are at the other end of pipes, and time is the tests' own.

mod hostile;
mod matrix;
mod slow;
mod smuggling;
#[cfg(feature = "tls")]
mod tls;

use super::pipes::Pipes;
use std::time::Duration;
use tokio::io::DuplexStream;
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
