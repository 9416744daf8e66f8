//! The example `quickstart` while it runs.

use crate::{Answer, exchange, parse, program};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// Long enough for a busy machine, short enough for a test that says what is missing.
const PATIENCE: Duration = Duration::from_secs(30);

/// The example, running on free ports of loopback; killed when it is dropped.
#[derive(Debug)]
pub struct Quickstart {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    /// Where its order API listens.
    pub api: SocketAddr,
    /// Where `ops` listens.
    pub ops: SocketAddr,
}

/// The binary of the example, built where the tests are built.
pub async fn binary() -> PathBuf {
    program::build(&["-p", "ops-examples", "--bin", "quickstart"]).await
}

impl Quickstart {
    /// Starts it, and waits until it has printed where it is.
    ///
    /// # Panics
    /// When it does not.
    pub async fn start(mut command: Command) -> Self {
        let mut child = command
            .args(["--port", "0", "--ops-port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the example starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let api = address(&mut stdout, "orders ").await;
        let ops = address(&mut stdout, "metrics ").await;
        Quickstart { child, stdout, api, ops }
    }

    /// Places an order through its API, as JSON.
    pub async fn place(&self, order: &Value) -> Answer {
        let (host, body) = (self.api, order.to_string());
        let head =
            format!("POST /orders HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json");
        parse(&exchange(host, &format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await)
    }

    /// Presses Ctrl-C; gives the exit code, and what it has printed since its start.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn interrupt(self) -> (Option<i32>, String) {
        self.end("INT").await
    }

    /// Ends it as an orchestrator does, and gives its exit code and what else it printed.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn terminate(self) -> (Option<i32>, String) {
        self.end("TERM").await
    }

    /// Ends it though it was told to end before: repetitions within a second count once, so it is told until it hears it.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn terminate_again(mut self) -> (Option<i32>, String) {
        let process = self.child.id().expect("it has not ended by itself").to_string();
        let ended = async {
            while self.child.try_wait().expect("it is ours to wait for").is_none() {
                program::run(Command::new("sh").args(["-c", "kill -TERM \"$0\"", &process])).await;
            }
        };
        timeout(PATIENCE, ended).await.expect("it ends");
        self.output().await
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// When it has ended.
    pub async fn signal(&self, signal: &str) {
        let process = self.child.id().expect("it has not ended by itself").to_string();
        program::run(Command::new("sh").args(["-c", "kill -\"$0\" \"$1\"", signal, &process])).await;
    }

    async fn end(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal).await;
        timeout(PATIENCE, self.child.wait()).await.expect("it ends").expect("it is ours to wait for");
        self.output().await
    }

    /// The exit code, and what else it printed.
    async fn output(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().await.expect("it is ours to wait for");
        let mut printed = String::new();
        while let Some(line) = self.stdout.next_line().await.expect("text") {
            printed.push_str(&line);
            printed.push('\n');
        }
        (status.code(), printed)
    }
}

/// The address of the URL in the next line that starts with `word`.
async fn address(stdout: &mut Lines<BufReader<ChildStdout>>, word: &str) -> SocketAddr {
    let line = timeout(PATIENCE, async {
        loop {
            let line = stdout.next_line().await.expect("text").expect("it prints its URLs before it ends");
            if line.starts_with(word) {
                return line;
            }
        }
    });
    let line = line.await.expect("it prints its URLs");
    let host = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
    host.and_then(|host| host.parse().ok()).unwrap_or_else(|| panic!("no address in {line:?}"))
}
