//! Clients that take their time, five hundred of each kind over real sockets: their connections are closed when the limits
//! say, and the probes are answered meanwhile. Under a clock of the tests' own, to the second: `ops/src/server/tests/slow.rs`.

use ops::{Api, Health, Limits, Metrics};
use ops_tests::get;
use ops_tests::log::Silent;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

const CLIENTS: usize = 500;
/// What each kind of slowness may take here.
const LIMIT: Duration = Duration::from_secs(1);

async fn server() -> SocketAddr {
    let mut limits = Limits::default();
    limits.connections_per_address = 2 * CLIENTS;
    limits.request_head_timeout = LIMIT;
    limits.request_body_timeout = LIMIT;
    limits.write_progress_timeout = LIMIT;
    // More than the system buffers for a client that takes nothing.
    let api = Api::builder().audit_sink(Silent).info("large", "x".repeat(256 * 1024));
    let api = api.health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).limits(limits);
    api.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn().local_addr()
}

/// How many sockets this process has open: those of the clients and those of the server.
fn sockets() -> usize {
    let files =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
    files.filter(|file| file.to_string_lossy().starts_with("socket:")).count()
}

/// The sockets of the process are counted, so one kind has it alone.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Lets so many clients do their worst for as long as they can, and measures how long the server lets them.
async fn outlasts<F: Future<Output = ()> + Send + 'static>(client: impl Fn(TcpStream) -> F) {
    let _alone = ALONE.lock().await;
    let server = server().await;
    let idle = sockets();
    let mut clients = JoinSet::new();
    let started = Instant::now();
    for _ in 0..CLIENTS {
        let socket = TcpSocket::new_v4().unwrap();
        // So that what it does not take stays with the server.
        socket.set_recv_buffer_size(4096).unwrap();
        clients.spawn(client(socket.connect(server).await.unwrap()));
    }
    let mut times = Vec::new();
    // Once a probe is answered those before it are connected. Their own ends are open until they are dropped.
    while times.is_empty() || sockets() > idle + CLIENTS {
        assert!(started.elapsed() < LIMIT + Duration::from_secs(2), "{} are open", sockets() - idle - CLIENTS);
        let asked = Instant::now();
        assert_eq!(get(server, "/healthz", &[]).await.status, 200);
        times.push(asked.elapsed());
    }
    assert!(started.elapsed() >= LIMIT, "they had their time");
    times.sort();
    let slowest = times[(times.len() - 1) * 99 / 100];
    assert!(cfg!(debug_assertions) || slowest < Duration::from_millis(100), "the 99th percentile is {slowest:?}");
}

/// Keeps a connection open, and reads nothing from it.
async fn hold(stream: TcpStream) {
    std::future::pending::<()>().await;
    drop(stream);
}

#[tokio::test]
async fn who_says_nothing() {
    outlasts(hold).await;
}

#[tokio::test]
async fn who_says_a_byte_now_and_then() {
    outlasts(|mut stream| async move {
        let mut moments = interval(LIMIT / 10);
        for byte in std::iter::repeat_n(b'G', 1000) {
            moments.tick().await;
            if stream.write_all(&[byte]).await.is_err() {
                break;
            }
        }
        hold(stream).await;
    })
    .await;
}

#[tokio::test]
async fn who_announces_a_body_that_never_comes() {
    outlasts(|mut stream| async move {
        let head =
            "PUT /admin/drain HTTP/1.1\r\nHost: localhost\r\nX-Ops-Request: 1\r\nContent-Type: application/json\r\n";
        stream.write_all(format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes()).await.unwrap();
        hold(stream).await;
    })
    .await;
}

#[tokio::test]
async fn who_never_reads_the_answer() {
    outlasts(|mut stream| async move {
        stream.write_all(b"GET /info HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        hold(stream).await;
    })
    .await;
}

#[tokio::test]
async fn who_has_an_answer_and_stays() {
    outlasts(|mut stream| async move {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let read = timeout(LIMIT, stream.read_u8()).await;
        assert_eq!(read.unwrap().unwrap(), b'H');
        hold(stream).await;
    })
    .await;
}
