//! Runs the example `quickstart` as a child process.

use crate::{Response, exchange, parse, program};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// Time limit of each step, generous enough for a busy machine.
const STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// The running example, on free loopback ports. Dropping it kills the process.
#[derive(Debug)]
pub struct Quickstart {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    /// Address of the order API.
    pub api: SocketAddr,
    /// Address of the `ops` server.
    pub ops: SocketAddr,
}

/// Builds the example in the target folder of the tests and returns the path of its binary.
pub async fn binary() -> PathBuf {
    program::build(&["-p", "ops-examples", "--bin", "quickstart"]).await
}

impl Quickstart {
    /// Starts the example and waits until it has printed its addresses.
    ///
    /// # Panics
    /// Panics if the example does not start in time.
    pub async fn start(mut command: Command) -> Self {
        let mut child = command
            .args(["--port", "0", "--ops-port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the example must start");
        let mut stdout = BufReader::new(child.stdout.take().expect("standard output must be piped")).lines();
        let api = address(&mut stdout, "orders ").await;
        let ops = address(&mut stdout, "metrics ").await;
        Quickstart { child, stdout, api, ops }
    }

    /// Posts an order to the order API.
    pub async fn place(&self, order: &Value) -> Response {
        let (host, body) = (self.api, order.to_string());
        let head =
            format!("POST /orders HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json");
        parse(&exchange(host, &format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await)
    }

    /// Sends SIGINT and returns the exit code and the output since the start.
    ///
    /// # Panics
    /// Panics if the process does not exit in time.
    pub async fn interrupt(self) -> (Option<i32>, String) {
        self.end("INT").await
    }

    /// Sends SIGTERM, as an orchestrator does, and returns the exit code and the output since the start.
    ///
    /// # Panics
    /// Panics if the process does not exit in time.
    pub async fn terminate(self) -> (Option<i32>, String) {
        self.end("TERM").await
    }

    /// Sends SIGTERM until the process exits, after an earlier signal, and returns exit code and output.
    ///
    /// `ops` ignores signals within a second of the previous one, so a single signal may not suffice.
    ///
    /// # Panics
    /// Panics if the process does not exit in time.
    pub async fn terminate_again(mut self) -> (Option<i32>, String) {
        let process = self.child.id().expect("the process must be running").to_string();
        let ended = async {
            while self.child.try_wait().expect("waiting for the child process must succeed").is_none() {
                program::run(Command::new("sh").args(["-c", "kill -TERM \"$0\"", &process])).await;
            }
        };
        timeout(STEP_TIMEOUT, ended).await.expect("the process must exit in time");
        self.output().await
    }

    /// Sends a signal, such as `HUP`.
    ///
    /// # Panics
    /// Panics if the process has exited.
    pub async fn signal(&self, signal: &str) {
        let process = self.child.id().expect("the process must be running").to_string();
        program::run(Command::new("sh").args(["-c", "kill -\"$0\" \"$1\"", signal, &process])).await;
    }

    async fn end(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal).await;
        timeout(STEP_TIMEOUT, self.child.wait())
            .await
            .expect("the process must exit in time")
            .expect("waiting for the child process must succeed");
        self.output().await
    }

    /// Returns the exit code and the unread output.
    async fn output(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().await.expect("waiting for the child process must succeed");
        let mut printed = String::new();
        while let Some(line) = self.stdout.next_line().await.expect("the output must be UTF-8") {
            printed.push_str(&line);
            printed.push('\n');
        }
        (status.code(), printed)
    }
}

/// Returns the address of the URL in the next line that starts with `word`.
async fn address(stdout: &mut Lines<BufReader<ChildStdout>>, word: &str) -> SocketAddr {
    let line = timeout(STEP_TIMEOUT, async {
        loop {
            let line = stdout.next_line().await.expect("the output must be UTF-8");
            let line = line.expect("the example must print its URLs before it exits");
            if line.starts_with(word) {
                return line;
            }
        }
    });
    let line = line.await.expect("the example must print its URLs in time");
    let host = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
    host.and_then(|host| host.parse().ok()).unwrap_or_else(|| panic!("no address in {line:?}"))
}
