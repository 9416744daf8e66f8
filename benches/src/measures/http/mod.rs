//! Throughput of `/metrics`, and the HTTP client and server process that the health rows share.

mod client;
mod server;

use crate::subject::Subject;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) use client::{Load, latencies, send_requests};
pub(crate) use server::serve;

const MEASURED: Duration = Duration::from_secs(3);

/// Returns the successful responses per second of a server in a child process on the same machine.
pub(crate) fn measure(row: &str, subject: &Subject) -> Option<f64> {
    subject.exporter?;
    let server = Server::start(row, subject.name)?;
    let load = Load { path: "/metrics", is_expected: |status| status == 200 };
    let took = latencies(server.address, load, MEASURED)?;
    (!took.is_empty()).then(|| took.len() as f64 / MEASURED.as_secs_f64())
}

/// A server in a child process, which exits when its standard input is closed.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Server {
    pub(crate) fn start(row: &str, subject: &str) -> Option<Server> {
        let program = std::env::current_exe().ok()?;
        let mut command = Command::new(program);
        let mut process =
            command.args(["serve", row, subject]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take()?).read_line(&mut line).ok()?;
        let address = line.trim().parse().ok()?;
        Some(Server { address, process })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // Reaps the child process; its exit status is irrelevant.
        let _ = self.process.wait();
    }
}
