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
