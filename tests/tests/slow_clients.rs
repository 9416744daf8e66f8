//! Slow clients, 500 of each kind, are disconnected after the timeout and do not delay probes.
//!
//! `ops/src/server/tests/slow_clients.rs` tests the exact timeouts with a paused clock.

use ops::{Api, Health, Limits, Metrics};
use ops_tests::get;
use ops_tests::log::NullSink;
use socket2::{Domain, Socket, Type};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

const CLIENTS: usize = 500;
/// The timeout under test, and that of all other phases.
const TIMEOUT: Duration = Duration::from_secs(1);
const OTHER_TIMEOUTS: Duration = Duration::from_secs(60);
/// Tolerance; unoptimized builds take long for 500 responses.
const TOLERANCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 });

async fn server(limited: fn(Limits, Duration) -> Limits) -> SocketAddr {
    let limits = Limits::default()
        .max_connections_per_address(2 * CLIENTS)
        .request_head_timeout(OTHER_TIMEOUTS)
        .request_body_timeout(OTHER_TIMEOUTS)
        .write_timeout(OTHER_TIMEOUTS);
    let limits = limited(limits, TIMEOUT);
    // Larger than the socket buffers of a client that does not read.
    let api = Api::builder().audit_sink(NullSink).info("large", "x".repeat(256 * 1024));
    let api = api.health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).limits(limits);
    api.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap()
}

/// Connects a client with small buffers: its segments and its receive window are small.
async fn connect(server: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.set_tcp_mss(536).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    TcpSocket::from_std_stream(socket.into()).connect(server).await.unwrap()
}

/// Returns the number of open connections of the server, from the kernel's table.
fn open(server: SocketAddr) -> usize {
    const LISTENS: &str = "0A";
    let port = format!(":{:04X}", server.port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let is_open = |line: &&str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        // Local address, state, and inode, which is 0 once the socket is closed.
        fields[1].ends_with(&port) && fields[3] != LISTENS && fields[9] != "0"
    };
    table.lines().skip(1).filter(is_open).count()
}

/// Serializes the tests, so that each has all CPUs.
static SERIAL: Mutex<()> = Mutex::const_new(());

/// Connects 500 clients and asserts that they are disconnected after [`TIMEOUT`], which `limited` sets.
async fn assert_disconnected<F: Future<Output = ()> + Send + 'static>(
    limited: fn(Limits, Duration) -> Limits,
    client: impl Fn(TcpStream) -> F,
) {
    let _serial = SERIAL.lock().await;
    let server = server(limited).await;
    let mut clients = JoinSet::new();
    let started = Instant::now();
    for _ in 0..CLIENTS {
        clients.spawn(client(connect(server).await));
    }
    let connected = Instant::now();
    let mut times = Vec::new();
    // Connections are accepted in order, so once a probe is answered, the earlier ones are accepted.
    while times.is_empty() || open(server) > 0 {
        assert!(connected.elapsed() < TIMEOUT + TOLERANCE, "{} connections are open", open(server));
        let started_at = Instant::now();
        assert_eq!(get(server, "/healthz", &[]).await.status, 200);
        times.push(started_at.elapsed());
    }
    assert!(started.elapsed() >= TIMEOUT, "no client may be disconnected before the timeout");
    times.sort();
    let slowest = times[(times.len() - 1) * 99 / 100];
    assert!(cfg!(debug_assertions) || slowest < Duration::from_millis(100), "the 99th percentile is {slowest:?}");
    clients.shutdown().await;
}

/// Keeps a connection open without reading from it.
async fn hold(stream: TcpStream) {
    std::future::pending::<()>().await;
    drop(stream);
}

#[tokio::test]
async fn silent_client_is_disconnected_after_head_timeout() {
    assert_disconnected(Limits::request_head_timeout, hold).await;
}

#[tokio::test]
async fn slow_request_head_is_disconnected_after_head_timeout() {
    let client = |mut stream: TcpStream| async move {
        let mut ticks = interval(TIMEOUT / 10);
        for byte in std::iter::repeat_n(b'G', 1000) {
            ticks.tick().await;
            if stream.write_all(&[byte]).await.is_err() {
                break;
            }
        }
        hold(stream).await;
    };
    assert_disconnected(Limits::request_head_timeout, client).await;
}

#[tokio::test]
async fn client_without_request_body_is_disconnected_after_body_timeout() {
    let client = |mut stream: TcpStream| async move {
        let head =
            "PUT /admin/drain HTTP/1.1\r\nHost: localhost\r\nX-Ops-Request: 1\r\nContent-Type: application/json\r\n";
        stream.write_all(format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes()).await.unwrap();
        hold(stream).await;
    };
    assert_disconnected(Limits::request_body_timeout, client).await;
}

#[tokio::test]
async fn client_that_never_reads_is_disconnected_after_write_timeout() {
    let client = |mut stream: TcpStream| async move {
        stream.write_all(b"GET /info HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        hold(stream).await;
    };
    assert_disconnected(Limits::write_timeout, client).await;
}

#[tokio::test]
async fn idle_client_is_disconnected_after_idle_timeout() {
    let client = |mut stream: TcpStream| async move {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let read = timeout(OTHER_TIMEOUTS, stream.read_u8()).await;
        assert_eq!(read.unwrap().unwrap(), b'H');
        hold(stream).await;
    };
    assert_disconnected(Limits::idle_timeout, client).await;
}
