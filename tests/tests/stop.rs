//! Graceful shutdown under load, and resource leaks of successive servers.
//!
//! These tests have their own process, because they count its resources.

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

/// Serializes the tests, because they count resources of the process.
static SERIAL: Mutex<()> = Mutex::const_new(());

/// Returns the number of open file descriptors (`fd`) or threads (`task`) of this process.
fn count(what: &str) -> usize {
    std::fs::read_dir(format!("/proc/self/{what}")).unwrap().count()
}

// ---- shutdown with requests in flight -----------------------------------------------------------------------------

async fn connect(server: SocketAddr, sent: &[u8]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server).await.unwrap();
    stream.write_all(sent).await.unwrap();
    stream
}

/// Starts a server and shuts it down while a health check hangs and clients are idle or slow.
///
/// There are `idle` idle connections, and others that are silent, have sent half a head or body, or do not read their response.
async fn shut_down_under_load(idle: usize) {
    const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(200);
    let (health, metrics) = (Health::new(), Metrics::new());
    // Released after shutdown, because the runtime of the test waits for this check, too.
    let (_goes, hangs) = std::sync::mpsc::channel::<()>();
    let hangs = std::sync::Mutex::new(hangs);
    let check = move |_context| hangs.lock().unwrap().recv().is_ok();
    health.register_blocking(CheckDescriptor::new("hung"), check).unwrap();
    health.register("waits", |_context| std::future::pending::<bool>());
    let counter = metrics.counter("requests_total");
    for series in 0..2_000 {
        counter.add(1, &[attr("route", format!("{}{series}", "x".repeat(1_000)))]);
    }
    let limits = Limits::default().max_connections_per_address(idle + 64).shutdown_timeout(SHUTDOWN_TIMEOUT);
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
    // Connections are accepted in order, so once this is answered, the others are in flight.
    assert_eq!(get(server, "/livez", &[]).await.status, 200);
    let started = Instant::now();
    let stopped = tokio::time::timeout(SHUTDOWN_TIMEOUT + Duration::from_secs(1), running.shutdown()).await;
    stopped.unwrap_or_else(|_elapsed| panic!("shutdown took longer than {:?}", started.elapsed())).unwrap();
    assert!(TcpStream::connect(server).await.is_err(), "new connections must be refused");
}

#[tokio::test]
async fn requests_in_flight_do_not_delay_shutdown() {
    let _serial = SERIAL.lock().await;
    for _ in 0..5 {
        shut_down_under_load(50).await;
    }
}

#[tokio::test]
#[ignore = "a hundred shutdowns with 500 connections each: `cargo test --release -p ops-tests --test stop -- --ignored in_flight`"]
async fn requests_in_flight_do_not_delay_a_hundred_shutdowns() {
    let _serial = SERIAL.lock().await;
    for _ in 0..100 {
        shut_down_under_load(500).await;
    }
}

// ---- resource leaks ------------------------------------------------------------------------

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

/// Starts servers, sends requests, and shuts them down; if `fixed`, all at the same port.
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

async fn assert_no_leaks(cycles: usize) {
    let _serial = SERIAL.lock().await;
    for fixed in [false, true] {
        // Warm up: one-time allocations, and what the allocator retains.
        cycle(cycles / 5 + 1, fixed).await;
        until("warm-up", || count("task") <= 4).await;
        let (threads, files, memory) = (count("task"), count("fd"), resident_kib());
        cycle(cycles, fixed).await;
        until("threads", || count("task") <= threads).await;
        until("files", || count("fd") <= files).await;
        let after = resident_kib();
        assert!(after <= memory + memory / 20 + 1024, "{memory} KiB, then {after} KiB");
    }
}

#[tokio::test]
async fn shutdown_leaks_nothing() {
    assert_no_leaks(50).await;
}

#[tokio::test]
#[ignore = "two thousand servers: `cargo test --release -p ops-tests --test stop -- --ignored thousand`"]
async fn a_thousand_servers_leak_nothing() {
    assert_no_leaks(1_000).await;
}
