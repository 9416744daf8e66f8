//! [`Running::run`]: graceful shutdown on signals, when the service finishes, and if it is stuck.

use crate::lifecycle::{api, start};
use ops::rbac::Token;
use ops::{Error, Limits, Running, Termination};
use ops_tests::get;
use ops_tests::log::NullSink;
use ops_tests::program::ignored_test;
use std::fs;
use std::future::{pending, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

const STEP_TIMEOUT: Duration = Duration::from_secs(30);
const TENTH: Duration = Duration::from_millis(100);
const HOUR: Duration = Duration::from_secs(3600);

async fn is_closed(address: SocketAddr) -> bool {
    TcpStream::connect(address).await.is_err()
}

#[tokio::test]
async fn service_that_finishes_shuts_the_server_down_and_its_result_is_returned() {
    let running = start(api()).await;
    let address = running.local_addr().unwrap();
    assert_eq!(get(address, "/livez", &[]).await.status, 200);
    let ended = running.run(Termination::default(), |_shutdown| async { Err::<(), _>(io::Error::other("port taken")) });
    assert_eq!(ended.await.unwrap().unwrap_err().to_string(), "port taken");
    assert!(is_closed(address).await, "probes no longer answer");

    let running = start(api()).await;
    let counted = running.run(Termination::default(), |_shutdown| async { 42 });
    assert_eq!(counted.await.unwrap(), 42, "a second server works as well");
}

#[tokio::test]
async fn service_that_panics_or_is_dropped_shuts_the_server_down() {
    let running = start(api()).await;
    let address = running.local_addr().unwrap();
    let panics = tokio::spawn(running.run(Termination::default(), |_shutdown| async { panic!("a bug") }));
    assert!(panics.await.unwrap_err().is_panic());
    while !is_closed(address).await {}

    let running = start(api()).await;
    let address = running.local_addr().unwrap();
    let mut run = Box::pin(running.run(Termination::default(), |shutdown| shutdown));
    let polled = poll_fn(|context| Poll::Ready(run.as_mut().poll(context))).await;
    assert!(polled.is_pending() && !is_closed(address).await);
    drop(run);
    while !is_closed(address).await {}
}

/// A child process that runs one of the `inner_` tests of this file.
struct Program {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
}

impl Program {
    async fn start(name: &str, mode: &str, stderr: Stdio) -> Program {
        let mut command = Command::from(ignored_test(&format!("shutdown::{name}")));
        command.env("OPS_TEST_MODE", mode).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = read_line_with(&mut stdout, "listening ").await.parse().unwrap();
        Program { child, stdout, address }
    }

    async fn signal(&self, signal: &str) {
        let kill = Command::new("kill").args([&format!("-{signal}"), &self.child.id().unwrap().to_string()]).status();
        assert!(kill.await.unwrap().success());
    }

    async fn wait(mut self) -> ExitStatus {
        timeout(STEP_TIMEOUT, self.child.wait()).await.expect("the process must exit in time").unwrap()
    }
}

/// Returns the rest of the next line that contains `text`.
async fn read_line_with(lines: &mut Lines<BufReader<ChildStdout>>, text: &str) -> String {
    let next = async {
        loop {
            let line = lines.next_line().await.unwrap().expect("the process runs");
            if let Some((_, rest)) = line.split_once(text) {
                return rest.to_owned();
            }
        }
    };
    timeout(STEP_TIMEOUT, next).await.expect("a line must be printed in time")
}

fn mode() -> String {
    std::env::var("OPS_TEST_MODE").unwrap()
}

#[tokio::test]
#[ignore = "run by another test"]
async fn inner_stuck_application() {
    let running = start(api().limits(Limits::default())).await;
    let address = running.local_addr().unwrap();
    let termination = Termination::default().drain_delay(TENTH).grace_period(TENTH).exit_timeout(TENTH);
    let mut end = pin!(running.run(termination, |_shutdown| pending::<()>()));
    if mode() == "after" {
        let polled = poll_fn(|context| Poll::Ready(end.as_mut().poll(context))).await;
        assert!(polled.is_pending(), "{polled:?}");
    }
    println!("listening {address}");
    loop {
        std::thread::park();
    }
}

#[tokio::test]
async fn stuck_application_is_drained_and_terminated_on_a_signal() {
    for stuck in ["before", "after"] {
        let program = Program::start("inner_stuck_application", stuck, Stdio::inherit()).await;
        // An endless event stream that reports the drain.
        let mut events = TcpStream::connect(program.address).await.unwrap();
        events.write_all(b"GET /admin/health/events HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut events = BufReader::new(events).lines();
        while events.next_line().await.unwrap().unwrap() != "event: report" {}

        program.signal("TERM").await;
        while events.next_line().await.unwrap().unwrap() != "event: change" {}
        let drained = events.next_line().await.unwrap().unwrap();
        assert!(drained.ends_with(r#""from":"healthy","to":"unhealthy"}"#), "{drained}");
        assert_eq!(program.wait().await.code(), Some(143), "the conventional exit code of SIGTERM");
    }
}

#[tokio::test]
#[ignore = "run by another test"]
async fn inner_runtime_kept_alive() {
    let running = start(api()).await;
    let mode = mode();
    let exit_timeout = if mode == "timeout" { TENTH } else { HOUR };
    let termination = Termination::default().drain_delay(Duration::ZERO).exit_timeout(exit_timeout);
    match mode.as_str() {
        "stdin" => {
            use tokio::io::AsyncReadExt;
            tokio::spawn(async { tokio::io::stdin().read_u8().await });
        }
        _ => {
            tokio::task::spawn_blocking(|| {
                loop {
                    std::thread::park();
                }
            });
        }
    }
    let address = running.local_addr().unwrap();
    let ended = running.run(termination, |shutdown| shutdown);
    println!("listening {address}");
    ended.await.unwrap();
    println!("returned");
}

#[tokio::test]
async fn further_signal_terminates_a_process_kept_alive_by_blocking_work() {
    for kept_by in ["blocking", "stdin"] {
        let mut program = Program::start("inner_runtime_kept_alive", kept_by, Stdio::inherit()).await;
        program.signal("INT").await;
        read_line_with(&mut program.stdout, "returned").await;
        // Repetitions within a second of the first signal are ignored.
        let id = program.child.id().unwrap().to_string();
        let signals = async {
            while program.child.try_wait().unwrap().is_none() {
                Command::new("kill").args(["-TERM", &id]).stderr(Stdio::null()).status().await.unwrap();
            }
        };
        timeout(STEP_TIMEOUT, signals).await.expect("a further signal must be received");
        assert_eq!(program.wait().await.code(), Some(143), "{kept_by}");
    }
}

#[tokio::test]
async fn exit_timeout_terminates_a_process_kept_alive_by_blocking_work() {
    let program = Program::start("inner_runtime_kept_alive", "timeout", Stdio::inherit()).await;
    program.signal("INT").await;
    assert_eq!(program.wait().await.code(), Some(130));
}

/// Returns a full pipe, to which every write blocks as long as the other end is kept.
fn full_pipe() -> (Stdio, UnixStream) {
    use io::Write;
    let (kept, mut full) = UnixStream::pair().unwrap();
    full.set_nonblocking(true).unwrap();
    while full.write(&[b'.'; 4096]).is_ok() {}
    full.set_nonblocking(false).unwrap();
    (Stdio::from(OwnedFd::from(full)), kept)
}

#[tokio::test]
#[ignore = "run by another test"]
async fn inner_log_that_blocks() {
    let subscriber = tracing_subscriber::fmt().with_writer(io::stderr).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let api = api().audit_sink(NullSink).limits(Limits::default().policy_reload_interval(Duration::from_millis(2)));
    let policy_file = Some(mode()).filter(|path| !path.is_empty());
    let running: Running = start(policy_file.into_iter().fold(api, |api, path| api.policy_file(path))).await;
    let address = running.local_addr().unwrap();
    let ended = running.run(Termination::default().drain_delay(Duration::ZERO), |shutdown| shutdown);
    println!("listening {address}");
    ended.await.unwrap();
}

#[tokio::test]
async fn blocked_log_delays_neither_probes_nor_shutdown() {
    let (stderr, _kept) = full_pipe();
    let program = Program::start("inner_log_that_blocks", "", stderr).await;
    let responses = async |readiness: u16| {
        for (path, status) in [("/livez", 200), ("/readyz", readiness), ("/metrics", 200)] {
            assert_eq!(get(program.address, path, &[]).await.status, status, "{path}");
        }
    };
    let requests = async {
        responses(200).await;
        let host = format!("Host: {}", program.address);
        let drain = async |method| {
            let head = format!("{method} /admin/drain HTTP/1.1\r\n{host}\r\nConnection: close\r\nX-Ops-Request: 1");
            let request = format!("{head}\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n");
            let response = ops_tests::exchange(program.address, &request).await;
            assert_eq!(ops_tests::parse(&response).status, 200, "{response}");
        };
        // More log events than the queue holds.
        for _ in 0..600 {
            drain("PUT").await;
            drain("DELETE").await;
        }
        drain("PUT").await;
        responses(503).await;
        let metrics = get(program.address, "/metrics", &[]).await.body;
        let dropped = metrics.lines().find_map(|line| line.strip_prefix("ops_log_events_dropped_total ")).unwrap();
        assert!(dropped.parse::<f64>().unwrap() > 100.0, "{dropped}");
        program.signal("TERM").await;
    };
    timeout(STEP_TIMEOUT, requests).await.expect("probes must be answered although the log blocks");
    assert_eq!(program.wait().await.code(), Some(0));
}

#[tokio::test]
async fn blocked_log_does_not_delay_reloads() {
    let folder = tempfile::tempdir().unwrap();
    let (path, token) = (folder.path().join("policy.toml"), Token::generate().unwrap());
    let grant = |role: &str| {
        let text = format!("[users.alice]\nroles = [{role}]\ntokens = [{{ sha256 = \"{}\" }}]\n", token.digest());
        let new = path.with_extension("new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, &path).unwrap();
    };
    grant("\"viewer\"");
    let (stderr, _kept) = full_pipe();
    let program = Program::start("inner_log_that_blocks", path.to_str().unwrap(), stderr).await;
    let header = format!("Authorization: Bearer {}", token.reveal());
    let reloads = async {
        // Each change is logged.
        for (role, status) in [("", 403), ("\"viewer\"", 200), ("", 403), ("\"viewer\"", 200)] {
            grant(role);
            while get(program.address, "/info", &[&header]).await.status != status {}
        }
        program.signal("TERM").await;
    };
    timeout(STEP_TIMEOUT, reloads).await.expect("the policy must be reloaded although the log blocks");
    assert_eq!(program.wait().await.code(), Some(0));
}

#[tokio::test]
#[ignore = "run by another test"]
async fn inner_service_that_never_finishes() {
    let running = start(api()).await;
    let address = running.local_addr().unwrap();
    let termination = Termination::default().drain_delay(Duration::ZERO).grace_period(TENTH);
    let ended = running.run(termination, |_shutdown| pending::<()>());
    println!("listening {address}");
    let error = ended.await.unwrap_err();
    assert!(matches!(error, Error::Abandoned), "{error}");
}

#[tokio::test]
async fn service_is_abandoned_after_its_grace_period() {
    let program = Program::start("inner_service_that_never_finishes", "", Stdio::inherit()).await;
    program.signal("TERM").await;
    assert_eq!(program.wait().await.code(), Some(0), "the error is returned");
}
