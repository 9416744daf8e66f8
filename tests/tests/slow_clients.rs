//! Clients that take their time, five hundred of each kind over real sockets: their connections are closed when the limits
//! say, and the probes are answered meanwhile. Under a clock of the tests' own, to the second: `ops/src/server/tests/slow_clients.rs`.

use ops::{Api, Health, Limits, Metrics};
use ops_tests::get;
use ops_tests::log::Silent;
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
/// What the kind of slowness that is tested may take, and what the others may.
const LIMIT: Duration = Duration::from_secs(1);
const OTHERS: Duration = Duration::from_secs(60);
/// How much later connections may be closed; without optimisation a server takes long for five hundred answers.
const LATER: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 });

async fn server(limited: fn(Limits, Duration) -> Limits) -> SocketAddr {
    let limits = Limits::default()
        .max_connections_per_address(2 * CLIENTS)
        .request_head_timeout(OTHERS)
        .request_body_timeout(OTHERS)
        .write_timeout(OTHERS);
    let limits = limited(limits, LIMIT);
    // More than the system buffers for a client that takes nothing.
    let api = Api::builder().audit_sink(Silent).info("large", "x".repeat(256 * 1024));
    let api = api.health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).limits(limits);
    api.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap()
}

/// A connection of a client for whom little is buffered, on either side: its segments are small, and so is its window.
async fn connect(server: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.set_tcp_mss(536).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    TcpSocket::from_std_stream(socket.into()).connect(server).await.unwrap()
}

/// How many connections the server holds: those of the kernel's table that some process has open.
fn open(server: SocketAddr) -> usize {
    const LISTENS: &str = "0A";
    let port = format!(":{:04X}", server.port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let is_open = |line: &&str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        // Whose place it is, its state, and the number of its file, which is 0 once it is closed.
        fields[1].ends_with(&port) && fields[3] != LISTENS && fields[9] != "0"
    };
    table.lines().skip(1).filter(is_open).count()
}

/// One kind at a time, so that each has the processors.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Lets so many clients do their worst for as long as they can, and measures how long the server lets them, by the one limit
/// that is low.
async fn outlasts<F: Future<Output = ()> + Send + 'static>(
    limited: fn(Limits, Duration) -> Limits,
    client: impl Fn(TcpStream) -> F,
) {
    let _alone = ALONE.lock().await;
    let server = server(limited).await;
    let mut clients = JoinSet::new();
    let started = Instant::now();
    for _ in 0..CLIENTS {
        clients.spawn(client(connect(server).await));
    }
    let connected = Instant::now();
    let mut times = Vec::new();
    // Once a probe is answered those before it are connected.
    while times.is_empty() || open(server) > 0 {
        assert!(connected.elapsed() < LIMIT + LATER, "{} are open", open(server));
        let asked = Instant::now();
        assert_eq!(get(server, "/healthz", &[]).await.status, 200);
        times.push(asked.elapsed());
    }
    assert!(started.elapsed() >= LIMIT, "they had their time");
    times.sort();
    let slowest = times[(times.len() - 1) * 99 / 100];
    assert!(cfg!(debug_assertions) || slowest < Duration::from_millis(100), "the 99th percentile is {slowest:?}");
    clients.shutdown().await;
}

/// Keeps a connection open, and reads nothing from it.
async fn hold(stream: TcpStream) {
    std::future::pending::<()>().await;
    drop(stream);
}

#[tokio::test]
async fn who_says_nothing() {
    outlasts(Limits::request_head_timeout, hold).await;
}

#[tokio::test]
async fn who_says_a_byte_now_and_then() {
    let client = |mut stream: TcpStream| async move {
        let mut moments = interval(LIMIT / 10);
        for byte in std::iter::repeat_n(b'G', 1000) {
            moments.tick().await;
            if stream.write_all(&[byte]).await.is_err() {
                break;
            }
        }
        hold(stream).await;
    };
    outlasts(Limits::request_head_timeout, client).await;
}

#[tokio::test]
async fn who_announces_a_body_that_never_comes() {
    let client = |mut stream: TcpStream| async move {
        let head =
            "PUT /admin/drain HTTP/1.1\r\nHost: localhost\r\nX-Ops-Request: 1\r\nContent-Type: application/json\r\n";
        stream.write_all(format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes()).await.unwrap();
        hold(stream).await;
    };
    outlasts(Limits::request_body_timeout, client).await;
}

#[tokio::test]
async fn who_never_reads_the_answer() {
    let client = |mut stream: TcpStream| async move {
        stream.write_all(b"GET /info HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        hold(stream).await;
    };
    outlasts(Limits::write_timeout, client).await;
}

#[tokio::test]
async fn who_has_an_answer_and_stays() {
    let client = |mut stream: TcpStream| async move {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let read = timeout(OTHERS, stream.read_u8()).await;
        assert_eq!(read.unwrap().unwrap(), b'H');
        hold(stream).await;
    };
    outlasts(Limits::idle_timeout, client).await;
}
