//! End-to-end tests of the audit log: failing sinks, rotation, full disks and killed processes.

use ops::audit::{Sink, VerifyError, verify};
use ops::{Api, ApiBuilder, Health, Limits, Metrics};
use ops_tests::program::ignored_test;
use ops_tests::{Response, get, request};
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const CSRF_HEADERS: [&str; 2] = ["X-Ops-Request: 1", "Content-Type: application/json"];

fn empty() -> ApiBuilder {
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new()))
}

async fn drain(server: SocketAddr) -> Response {
    request(server, "PUT", "/admin/drain", &CSRF_HEADERS).await
}

/// Failure mode of a sink.
enum Failure {
    Full,
    Panics,
    Blocks,
}

/// A sink that fails until the sender of the channel is dropped.
struct FailingSink(Failure, Receiver<()>);

impl Sink for FailingSink {
    fn write(&mut self, _line: &str) -> io::Result<()> {
        if self.1.try_recv() == Err(std::sync::mpsc::TryRecvError::Disconnected) {
            return Ok(());
        }
        match self.0 {
            Failure::Full => Err(io::ErrorKind::StorageFull.into()),
            Failure::Panics => panic!("a bug of the sink"),
            Failure::Blocks => {
                let _ = self.1.recv();
                Ok(())
            }
        }
    }
}

#[tokio::test]
async fn failing_or_blocking_sink_refuses_mutations_only() {
    for failure in [Failure::Full, Failure::Panics, Failure::Blocks] {
        let (repair, failing) = channel();
        let limits = Limits::default().audit_timeout(Duration::from_millis(50));
        let api = empty().limits(limits).audit_sink(FailingSink(failure, failing)).build().unwrap();
        let server = api.bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap();
        for _ in 0..3 {
            let refused = drain(server).await;
            assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{refused:?}");
        }
        for path in ["/healthz", "/readyz", "/metrics", "/info", "/admin/health", "/admin/audit"] {
            assert_eq!(get(server, path, &[]).await.status, 200, "{path}: not draining");
        }
        drop(repair);
        let changed = async { while drain(server).await.status != 200 {} };
        tokio::time::timeout(Duration::from_secs(10), changed).await.expect("mutations succeed once the sink does");
        assert_eq!(get(server, "/readyz", &[]).await.status, 503, "draining");
    }
}

#[tokio::test]
#[ignore = "run by other tests in a separate process"]
async fn inner_server() {
    let api = empty().audit_file(std::env::var_os("OPS_TEST_AUDIT").unwrap()).build().unwrap();
    println!("listening {}", api.bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap());
    let ended = tokio::task::spawn_blocking(|| io::stdin().read_line(&mut String::new()));
    assert_eq!(ended.await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn log_of_a_killed_process_is_continued() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let mut program = ignored_test("audit::inner_server");
    program.env("OPS_TEST_AUDIT", &path);
    let mut program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| line.unwrap().split_once("listening ").map(|(_, address)| address.parse()));
    let server: SocketAddr = address.unwrap().unwrap();
    let mut changing = tokio::task::JoinSet::new();
    for _ in 0..8 {
        changing.spawn(async move {
            loop {
                drain(server).await;
            }
        });
    }
    let written = async {
        while fs::read_to_string(&path).is_ok_and(|text| text.lines().count() < 200) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), written).await.expect("lines");
    // SIGKILL.
    program.kill().unwrap();
    program.wait().unwrap();
    changing.abort_all();

    let text = fs::read_to_string(&path).unwrap();
    let lines = text.split_inclusive('\n').count() as u64;
    match verify(text.as_bytes()) {
        Ok(summary) => assert_eq!(summary.records, lines),
        Err(VerifyError::Line { line, .. }) => assert_eq!(line, lines, "only the last line is truncated"),
        Err(error) => panic!("{error}"),
    }
    let api = empty().audit_file(&path).build().unwrap();
    let running = api.bind("127.0.0.1:0").await.unwrap().spawn();
    assert_eq!(drain(running.local_addr().unwrap()).await.status, 200);
    running.shutdown().await.unwrap();
    assert!(verify(fs::File::open(&path).unwrap()).unwrap().records > 200);
}

// ---- files ----------------------------------------------------------------------------------------

/// A sink that writes to an unread named pipe more than its capacity per line, and so blocks.
#[cfg(unix)]
struct UnreadPipe(fs::File);

#[cfg(unix)]
impl Sink for UnreadPipe {
    fn write(&mut self, line: &str) -> io::Result<()> {
        use std::io::Write;
        self.0.write_all(line.repeat(1024).as_bytes())
    }
}

#[cfg(unix)]
#[tokio::test]
async fn blocked_pipe_does_not_delay_probes_scrapes_or_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    // Also opened for reading, so that writes block instead of failing.
    let pipe = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let reader = pipe.try_clone().unwrap();
    let limits = Limits::default().audit_timeout(Duration::from_millis(50));
    let api = empty().limits(limits).audit_sink(UnreadPipe(pipe)).build().unwrap();
    let running = api.bind("127.0.0.1:0").await.unwrap().spawn();
    let server = running.local_addr().unwrap();
    // The first record blocks the writer thread, and more records follow than the queue holds.
    for _ in 0..3 {
        assert_eq!(drain(server).await.status, 503);
    }
    let mut refused = tokio::task::JoinSet::new();
    for _ in 0..8 {
        refused.spawn(async move {
            for _ in 0..150 {
                assert_eq!(request(server, "PUT", "/admin/drain", &[]).await.status, 403);
            }
        });
    }
    refused.join_all().await;
    for path in ["/healthz", "/readyz", "/metrics", "/info", "/admin/audit"] {
        assert_eq!(get(server, path, &[]).await.status, 200, "{path}");
    }
    running.shutdown().await.unwrap();
    // Unblocks the writer thread.
    std::thread::spawn(move || io::copy(&mut { reader }, &mut io::sink()));
}

/// A server in a separate process, with an audit log file.
#[cfg(unix)]
struct ServerProcess {
    child: std::process::Child,
    /// Keeps the pipe open, so that the process can print its result.
    _lines: io::Lines<BufReader<std::process::ChildStdout>>,
    server: SocketAddr,
}

#[cfg(unix)]
impl ServerProcess {
    /// Starts the server, with a shell script if given.
    fn start(path: &std::path::Path, shell: Option<&str>) -> ServerProcess {
        let test = ignored_test("audit::inner_server");
        let mut program = std::process::Command::new(shell.map_or(test.get_program(), |_| "sh".as_ref()));
        if let Some(script) = shell {
            program.args(["-c", script]).arg(test.get_program());
        }
        let program = program.args(test.get_args()).env("OPS_TEST_AUDIT", path);
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| line.unwrap().split_once("listening ").map(|(_, address)| address.parse()));
        let server = address.unwrap().unwrap();
        ServerProcess { child, _lines: lines, server }
    }

    /// Shuts down the server.
    fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn mutation_after_rotation_is_in_the_new_file_and_sighup_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let (path, rotated) = (folder.path().join("audit.log"), folder.path().join("audit.log.1"));
    let process = ServerProcess::start(&path, None);
    assert_eq!(drain(process.server).await.status, 200);
    fs::rename(&path, &rotated).unwrap();
    let hangup = std::process::Command::new("kill").args(["-HUP", &process.child.id().to_string()]).status();
    assert!(hangup.unwrap().success());
    assert_eq!(drain(process.server).await.status, 200);
    process.end();
    let mut verifier = ops::audit::Verifier::new();
    for path in [&rotated, &path] {
        assert!(fs::metadata(path).unwrap().len() > 0);
        verifier.read(fs::File::open(path).unwrap()).unwrap();
    }
    assert_eq!(verifier.finish().records, 4, "each mutation and its outcome");
}

#[cfg(unix)]
#[tokio::test]
async fn truncated_file_on_a_full_disk_has_complete_lines_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.log");
    // Writes beyond the limit fail, as on a full disk.
    let process = ServerProcess::start(&path, Some("trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\""));
    let fill = async || {
        let full = async { while drain(process.server).await.status == 200 {} };
        tokio::time::timeout(Duration::from_secs(30), full).await.expect("the disk is full");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with('{') && text.ends_with("}\n"), "{text:?}");
        verify(text.as_bytes()).unwrap()
    };
    let first = fill().await;
    fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
    let second = fill().await;
    assert_eq!(second.last - second.records, first.last, "the chain continues");
    fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
    assert_eq!(drain(process.server).await.status, 200);
    process.end();
}
