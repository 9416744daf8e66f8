//! The end of a server, with everything in flight that could hold it up; and a thousand starts and ends, which leave nothing
//! behind. Alone in their process, as they count what it has.

use ops::descriptor::CheckDescriptor;
use ops::{Api, Health, Limits, Metrics, Running, attr};
use ops_tests::get;
use ops_tests::memory::resident_kib;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Mutex;

/// One at a time: each counts what the process has.
static ALONE: Mutex<()> = Mutex::const_new(());

/// How many entries there are of what this process has: `fd` or `task`.
fn count(what: &str) -> usize {
    std::fs::read_dir(format!("/proc/self/{what}")).unwrap().count()
}

// ---- what holds up an end -----------------------------------------------------------------------------

async fn connect(server: SocketAddr, sent: &[u8]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server).await.unwrap();
    stream.write_all(sent).await.unwrap();
    stream
}

/// Starts a server and ends it, with a check that never returns, so many connections that are idle, and others that are silent, that
/// have sent half a head or half a body, and that read nothing of what they asked for.
async fn ended(idle: usize) {
    const PATIENCE: Duration = Duration::from_millis(200);
    let (health, metrics) = (Health::new(), Metrics::new());
    // Until the server has ended: the runtime of the test waits for it too.
    let (_goes, hangs) = std::sync::mpsc::channel::<()>();
    let hangs = std::sync::Mutex::new(hangs);
    let check = move |_context| hangs.lock().unwrap().recv().is_ok();
    health.register_blocking(CheckDescriptor::new("hung"), check).unwrap();
    health.register("waits", |_context| std::future::pending::<bool>());
    let counter = metrics.counter("requests_total");
    for series in 0..2_000 {
        counter.add(1, &[attr("route", format!("{}{series}", "x".repeat(1_000)))]);
    }
    let limits = Limits::default().max_connections_per_address(idle + 64).shutdown_timeout(PATIENCE);
    let api = Api::builder().health(Arc::new(health)).metrics(Arc::new(metrics)).uncompressed_metrics().limits(limits);
    let running = api.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn();
    let server = running.local_addr().unwrap();
    let mut held = Vec::new();
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes();
    for _ in 0..idle {
        let mut stream = connect(server, &ask("/livez")).await;
        stream.read_exact(&mut [0; 12]).await.unwrap();
        held.push(stream);
    }
    let body =
        b"PUT /admin/drain HTTP/1.1\r\nHost: localhost\r\nX-Ops-Request: 1\r\nContent-Type: application/json\r\n\
        Content-Length: 9\r\n\r\n{";
    let sent: [&[u8]; 6] = [
        b"",
        b"GET /livez HTTP/1.1\r\nHost: local",
        body,
        &ask("/metrics"),
        &ask("/readyz"),
        &ask("/admin/health/events"),
    ];
    for bytes in sent {
        held.push(connect(server, bytes).await);
    }
    // Once this is answered the others are in flight.
    assert_eq!(get(server, "/livez", &[]).await.status, 200);
    let started = Instant::now();
    let stopped = tokio::time::timeout(PATIENCE + Duration::from_secs(1), running.shutdown()).await;
    stopped.unwrap_or_else(|_elapsed| panic!("no end after {:?}", started.elapsed())).unwrap();
    assert!(TcpStream::connect(server).await.is_err(), "and nobody is let in any more");
}

#[tokio::test]
async fn nothing_that_is_in_flight_holds_up_the_end() {
    let _alone = ALONE.lock().await;
    for _ in 0..5 {
        ended(50).await;
    }
}

#[tokio::test]
#[ignore = "a hundred ends with five hundred connections each: `cargo test --release -p ops-tests --test stop -- --ignored nothing`"]
async fn nothing_that_is_in_flight_holds_up_a_hundred_ends() {
    let _alone = ALONE.lock().await;
    for _ in 0..100 {
        ended(500).await;
    }
}

// ---- what an end leaves behind ------------------------------------------------------------------------

async fn start(port: u16) -> Running {
    let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new()));
    api.build().unwrap().bind(("127.0.0.1", port)).await.unwrap().spawn()
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{what}: {} threads, {} files",
            count("task"),
            count("fd")
        );
        tokio::task::yield_now().await;
    }
}

/// Starts and ends so many servers, and asks each; `fixed` at the same port.
async fn cycle(cycles: usize, fixed: bool) {
    let mut port = 0;
    for _ in 0..cycles {
        let running = start(port).await;
        let server = running.local_addr().unwrap();
        port = if fixed { server.port() } else { 0 };
        for path in ["/livez", "/readyz", "/metrics"] {
            assert_eq!(get(server, path, &[]).await.status, 200);
        }
        running.shutdown().await.unwrap();
    }
}

async fn leaves_nothing(cycles: usize) {
    let _alone = ALONE.lock().await;
    for fixed in [false, true] {
        // What is made once, and what the allocator keeps.
        cycle(cycles / 5 + 1, fixed).await;
        until("before", || count("task") <= 4).await;
        let (threads, files, memory) = (count("task"), count("fd"), resident_kib());
        cycle(cycles, fixed).await;
        until("threads", || count("task") <= threads).await;
        until("files", || count("fd") <= files).await;
        let after = resident_kib();
        assert!(after <= memory + memory / 20 + 1024, "{memory} KiB, then {after} KiB");
    }
}

#[tokio::test]
async fn a_server_that_has_ended_leaves_nothing_behind() {
    leaves_nothing(50).await;
}

#[tokio::test]
#[ignore = "two thousand servers: `cargo test --release -p ops-tests --test stop -- --ignored a_thousand`"]
async fn a_thousand_servers_that_have_ended_leave_nothing_behind() {
    leaves_nothing(1_000).await;
}
