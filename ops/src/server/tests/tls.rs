//! TLS over in-memory pipes: slow and malformed handshakes, and expiry of client certificates.

use super::InMemoryServer;
use crate::admin::Limits;
use crate::tls::TlsFiles;
use crate::tls::tests::Authority;
use axum::Router;
use axum::routing::get;
use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const SECOND: Duration = Duration::from_secs(1);

fn server(files: TlsFiles) -> InMemoryServer {
    let limits = Limits::default()
        .max_connections_per_address(1000)
        .request_head_timeout(10_000 * SECOND)
        .idle_timeout(10_000 * SECOND)
        .max_connection_age(10_000 * SECOND);
    let mut server = InMemoryServer::new(Router::new().route("/", get(|| async { "ok" })), limits);
    server.service.tls = Some(Arc::new(files));
    server
}

/// Returns the bytes of a ClientHello.
fn hello(authority: &Authority) -> Vec<u8> {
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(authority.client(None), name).unwrap();
    let mut bytes = Vec::new();
    connection.write_tls(&mut bytes).unwrap();
    bytes
}

/// Connects 500 clients that run `client`. Returns the times of the first and last disconnect.
async fn disconnect_times<F: Future<Output = ()> + Send + 'static>(
    authority: &Authority,
    client: impl Fn(DuplexStream) -> F,
) -> [Duration; 2] {
    super::disconnect_times(&server(TlsFiles::open(&authority.settings()).unwrap()), 16 * 1024, client).await
}

#[tokio::test(start_paused = true)]
async fn client_without_a_handshake_is_disconnected_after_the_handshake_timeout() {
    let authority = Authority::new();
    let ends = disconnect_times(&authority, |mut stream| async move {
        let _ = stream.read_u8().await;
    });
    assert_eq!(ends.await, [5 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn unfinished_handshake_times_out() {
    let authority = Authority::new();
    let hello = hello(&authority);
    let ends = disconnect_times(&authority, move |mut stream| {
        let hello = hello.clone();
        async move {
            stream.write_all(&hello).await.unwrap();
            sleep(1000 * SECOND).await;
        }
    });
    assert_eq!(ends.await, [5 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn byte_per_second_does_not_extend_the_handshake_timeout() {
    let authority = Authority::new();
    let hello = hello(&authority);
    let ends = disconnect_times(&authority, move |mut stream| {
        let hello = hello.clone();
        async move {
            for byte in hello {
                if stream.write_u8(byte).await.is_err() {
                    return;
                }
                sleep(SECOND).await;
            }
        }
    });
    assert_eq!(ends.await, [5 * SECOND; 2]);
}

#[tokio::test(start_paused = true)]
async fn plain_http_is_answered_with_a_hint_and_closed() {
    let server = server(TlsFiles::open(&Authority::new().settings()).unwrap());
    let (mut stream, serving) = server.connect(1024);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert_eq!(
        head,
        format!(
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}",
            body.len()
        )
    );
    assert_eq!(body, "this port requires TLS; use https://\n");
    drop(stream);
    serving.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn rejects_versions_before_tls_1_2() {
    let server = server(TlsFiles::open(&Authority::new().settings()).unwrap());
    for version in [0, 1, 2] {
        // A ClientHello that offers SSL 3.0, TLS 1.0 or TLS 1.1 as the highest version.
        let mut hello = vec![22, 3, version, 0, 55, 1, 0, 0, 51, 3, version];
        hello.extend([7; 32]);
        // No session ID, one cipher suite, no compression, and one extension: signature algorithms.
        hello.extend([0, 0, 2, 0xc0, 0x2b, 1, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3]);
        let (mut stream, serving) = server.connect(1024);
        stream.write_all(&hello).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await.unwrap();
        assert_eq!(response, [21, 3, 3, 0, 2, 2, 70], "fatal alert `protocol_version`");
        serving.await.unwrap();
    }
}

/// Connects a TLS client. Returns the stream after the handshake and the server's task.
async fn connect(
    server: &InMemoryServer,
    client: Arc<rustls::ClientConfig>,
) -> (TlsStream<DuplexStream>, JoinHandle<()>) {
    let (stream, serving) = server.connect(64 * 1024);
    let name = ServerName::try_from("localhost").unwrap();
    (TlsConnector::from(client).connect(name, stream).await.unwrap(), serving)
}

async fn responds(stream: &mut TlsStream<DuplexStream>) -> bool {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut response = [0; 1024];
    let read = stream.read(&mut response).await.unwrap_or(0);
    response[..read].starts_with(b"HTTP/1.1 200 OK\r\n")
}

#[tokio::test(start_paused = true)]
async fn client_that_never_reads_is_disconnected_after_the_write_timeout() {
    let authority = Authority::new();
    let mut server = server(TlsFiles::open(&authority.settings()).unwrap());
    server.service.responder = Router::new().route("/", get(|| async { vec![b'x'; 1024 * 1024] })).into();
    let (mut stream, serving) = connect(&server, authority.client(None)).await;
    let started = Instant::now();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    serving.await.unwrap();
    assert_eq!(started.elapsed(), 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn connection_closes_when_the_client_certificate_expires() {
    let authority = Authority::new();
    let settings = authority.settings().accept_client_certificates(authority.path("authorities"));
    let server = server(TlsFiles::open(&settings).unwrap());
    let soon = SystemTime::now() + 1000 * SECOND;
    let client_certificate = authority.issue(|params| params.not_after = soon.into());
    let (mut with, ended) = connect(&server, authority.client(Some(&client_certificate))).await;
    let (mut without, _serving) = connect(&server, authority.client(None)).await;
    assert!(responds(&mut with).await && responds(&mut without).await);
    let started = Instant::now();
    ended.await.unwrap();
    let elapsed = started.elapsed();
    assert!((990 * SECOND..=1000 * SECOND).contains(&elapsed), "{elapsed:?}");
    assert!(responds(&mut without).await, "connections without a client certificate stay open");
}

#[tokio::test(start_paused = true)]
async fn connection_closes_when_the_clock_is_set_past_the_expiry_of_the_client_certificate() {
    let authority = Authority::new();
    let settings = authority.settings().accept_client_certificates(authority.path("authorities"));
    let (clock, time) = ops_core::clock::Clock::manual();
    let server = server(TlsFiles::open_at(&settings, clock).unwrap());
    let in_a_year = SystemTime::now() + 365 * 86_400 * SECOND;
    let client_certificate = authority.issue(|params| params.not_after = in_a_year.into());
    let (mut with, ended) = connect(&server, authority.client(Some(&client_certificate))).await;
    assert!(responds(&mut with).await);
    let started = Instant::now();
    time.set_time_of_day(in_a_year);
    ended.await.unwrap();
    assert!(started.elapsed() <= 60 * SECOND, "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn connection_closes_when_its_client_ca_is_removed() {
    let (authority, other) = (Authority::new(), Authority::new());
    let settings = authority.settings().accept_client_certificates(authority.path("authorities"));
    let files = Arc::new(TlsFiles::open(&settings).unwrap());
    let mut server = server(TlsFiles::open(&settings).unwrap());
    server.service.tls = Some(files.clone());
    let client_certificate = authority.issue(|_params| {});
    let (mut with, ended) = connect(&server, authority.client(Some(&client_certificate))).await;
    let (mut without, _serving) = connect(&server, authority.client(None)).await;
    assert!(responds(&mut with).await && responds(&mut without).await);

    authority.install(&authority.issue(|_params| {}));
    files.refresh();
    assert!(responds(&mut with).await, "a new server certificate does not close connections");
    authority.write("authorities", &std::fs::read_to_string(other.path("authorities")).unwrap());
    files.refresh();
    ended.await.unwrap();
    assert!(responds(&mut without).await);
    let (mut again, _serving) = connect(&server, authority.client(Some(&client_certificate))).await;
    assert!(again.read_u8().await.is_err(), "the removed CA is not trusted for new connections");
}

#[tokio::test(start_paused = true)]
async fn pending_handshake_does_not_delay_shutdown() {
    let server = server(TlsFiles::open(&Authority::new().settings()).unwrap());
    let (_stream, serving) = server.connect(1024);
    tokio::task::yield_now().await;
    let started = Instant::now();
    server.shutdown.request();
    serving.await.unwrap();
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn survives_mutated_client_hellos() {
    let authority = Authority::new();
    let server = server(TlsFiles::open(&authority.settings()).unwrap());
    let hello = hello(&authority);
    for at in 0..hello.len() {
        for change in [0_u8, 1, 0x80, 0xff] {
            let mut bytes = hello.clone();
            match change {
                0 => bytes.truncate(at),
                bits => bytes[at] ^= bits,
            }
            let (mut stream, serving) = server.connect(64 * 1024);
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            let mut response = Vec::new();
            let _ = stream.read_to_end(&mut response).await;
            serving.await.unwrap_or_else(|error| panic!("{at} {change}: {error}"));
        }
    }
    let (mut stream, _serving) = connect(&server, authority.client(None)).await;
    assert!(responds(&mut stream).await);
}
