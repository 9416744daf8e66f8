//! The audit log under a server: sinks that do not take what is written, and processes that are killed.

use ops::audit::{Sink, VerifyError, verify};
use ops::{Api, ApiBuilder, Health, Limits, Metrics};
use ops_tests::program::ignored_test;
use ops_tests::{Answer, get, request};
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const MARKS: [&str; 2] = ["X-Ops-Request: 1", "Content-Type: application/json"];

fn empty() -> ApiBuilder {
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new()))
}

async fn drain(server: SocketAddr) -> Answer {
    request(server, "PUT", "/admin/drain", &MARKS).await
}

/// What keeps a sink from taking lines, as long as the other end of the channel is there.
enum Trouble {
    Full,
    Panics,
    Blocks,
}

struct Troubled(Trouble, Receiver<()>);

impl Sink for Troubled {
    fn write(&mut self, _line: &str) -> io::Result<()> {
        if self.1.try_recv() == Err(std::sync::mpsc::TryRecvError::Disconnected) {
            return Ok(());
        }
        match self.0 {
            Trouble::Full => Err(io::ErrorKind::StorageFull.into()),
            Trouble::Panics => panic!("a bug of the sink"),
            Trouble::Blocks => {
                let _ = self.1.recv();
                Ok(())
            }
        }
    }
}

#[tokio::test]
async fn a_sink_that_is_full_panics_or_blocks_keeps_changes_from_being_made_and_nothing_else() {
    for trouble in [Trouble::Full, Trouble::Panics, Trouble::Blocks] {
        let (works, troubled) = channel();
        let limits = Limits::default().audit_timeout(Duration::from_millis(50));
        let api = empty().limits(limits).audit_sink(Troubled(trouble, troubled)).build().unwrap();
        let server = api.bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap();
        for _ in 0..3 {
            let refused = drain(server).await;
            assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{refused:?}");
        }
        for path in ["/healthz", "/readyz", "/metrics", "/info", "/admin/health", "/admin/audit"] {
            assert_eq!(get(server, path, &[]).await.status, 200, "{path}: it is not draining");
        }
        drop(works);
        let changed = async { while drain(server).await.status != 200 {} };
        tokio::time::timeout(Duration::from_secs(10), changed).await.expect("it goes on when the sink does");
        assert_eq!(get(server, "/readyz", &[]).await.status, 503, "now it is");
    }
}

#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn inner_server() {
    let api = empty().audit_file(std::env::var_os("OPS_TEST_AUDIT").unwrap()).build().unwrap();
    println!("listening {}", api.bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap());
    let ended = tokio::task::spawn_blocking(|| io::stdin().read_line(&mut String::new()));
    assert_eq!(ended.await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn a_process_that_is_killed_while_it_writes_leaves_a_log_that_goes_on() {
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
        Err(VerifyError::Line { line, .. }) => assert_eq!(line, lines, "only the last breaks off"),
        Err(error) => panic!("{error}"),
    }
    let api = empty().audit_file(&path).build().unwrap();
    let running = api.bind("127.0.0.1:0").await.unwrap().spawn();
    assert_eq!(drain(running.local_addr().unwrap()).await.status, 200);
    running.shutdown().await.unwrap();
    assert!(verify(fs::File::open(&path).unwrap()).unwrap().records > 200);
}

// ---- files ----------------------------------------------------------------------------------------

/// A named pipe that nobody reads, with more in each line than it holds.
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
async fn pipe_that_nobody_reads_holds_up_neither_probes_nor_scrapes_nor_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    // Open for reading too, so that a write waits for a reader instead of failing.
    let pipe = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let reader = pipe.try_clone().unwrap();
    let limits = Limits::default().audit_timeout(Duration::from_millis(50));
    let api = empty().limits(limits).audit_sink(UnreadPipe(pipe)).build().unwrap();
    let running = api.bind("127.0.0.1:0").await.unwrap().spawn();
    let server = running.local_addr().unwrap();
    // The first one blocks the thread of the log, and more than its queue holds follow.
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
    // Lets the thread of the log go.
    std::thread::spawn(move || io::copy(&mut { reader }, &mut io::sink()));
}

/// A server in a process of its own that writes its audit log to `path`.
#[cfg(unix)]
struct Inner {
    process: std::process::Child,
    /// Kept, as the process could not print its result without it.
    _lines: io::Lines<BufReader<std::process::ChildStdout>>,
    server: SocketAddr,
}

#[cfg(unix)]
impl Inner {
    /// Starts it, by this command line if there is one.
    fn start(path: &std::path::Path, shell: Option<&str>) -> Inner {
        let test = ignored_test("audit::inner_server");
        let mut program = std::process::Command::new(shell.map_or(test.get_program(), |_| "sh".as_ref()));
        if let Some(script) = shell {
            program.args(["-c", script]).arg(test.get_program());
        }
        let program = program.args(test.get_args()).env("OPS_TEST_AUDIT", path);
        let mut process = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| line.unwrap().split_once("listening ").map(|(_, address)| address.parse()));
        let server = address.unwrap().unwrap();
        Inner { process, _lines: lines, server }
    }

    /// Ends it in order.
    fn end(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().unwrap().success());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn change_after_a_rotation_is_in_the_new_file_and_a_hangup_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, rotated) = (folder.path().join("audit.log"), folder.path().join("audit.log.1"));
    let inner = Inner::start(&path, None);
    assert_eq!(drain(inner.server).await.status, 200);
    fs::rename(&path, &rotated).unwrap();
    let hangup = std::process::Command::new("kill").args(["-HUP", &inner.process.id().to_string()]).status();
    assert!(hangup.unwrap().success());
    assert_eq!(drain(inner.server).await.status, 200);
    inner.end();
    let mut verifier = ops::audit::Verifier::new();
    for path in [&rotated, &path] {
        assert!(fs::metadata(path).unwrap().len() > 0);
        verifier.read(fs::File::open(path).unwrap()).unwrap();
    }
    assert_eq!(verifier.finish().records, 4, "each change and its outcome");
}

#[cfg(unix)]
#[tokio::test]
async fn file_that_is_emptied_before_the_disk_is_full_has_whole_lines_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.log");
    // Writes past so many blocks fail, as on a full disk.
    let inner = Inner::start(&path, Some("trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\""));
    let fill = async || {
        let full = async { while drain(inner.server).await.status == 200 {} };
        tokio::time::timeout(Duration::from_secs(30), full).await.expect("it is full");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with('{') && text.ends_with("}\n"), "{text:?}");
        verify(text.as_bytes()).unwrap()
    };
    let first = fill().await;
    fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
    let second = fill().await;
    assert_eq!(second.last - second.records, first.last, "the chain goes on");
    fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
    assert_eq!(drain(inner.server).await.status, 200);
    inner.end();
}
