//! Memory used for responses that clients never read; a separate process, because it measures memory.

use ops::{Api, Health, Limits, Metrics, attr};
use ops_tests::get;
use ops_tests::memory::resident_kib;
use socket2::{Domain, Socket, Type};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::timeout;

#[tokio::test]
async fn unread_scrapes_use_bounded_memory() {
    let metrics = Metrics::new();
    let counter = metrics.counter("requests_total");
    for series in 0..300 {
        counter.add(1, &[attr("route", format!("{}{series}", "x".repeat(1_000)))]);
    }
    let at_once = 4;
    // Long enough that clients that do not read stay connected.
    let limits = Limits::default().write_timeout(Duration::from_secs(30)).max_concurrent_scrapes(at_once);
    let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(metrics)).uncompressed_metrics();
    let running = api.limits(limits).build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn();
    let server = running.local_addr().unwrap();
    assert!(get(server, "/metrics", &[]).await.body.len() > 300_000);
    let before = resident_kib();
    let mut held = Vec::new();
    let ask = async {
        while held.len() < 300 {
            // Small buffers on both sides.
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket.set_tcp_mss(536).unwrap();
            socket.set_recv_buffer_size(4096).unwrap();
            let last = 2 + (held.len() % 50) as u8;
            socket.bind(&SocketAddr::from(([127, 0, 0, last], 0)).into()).unwrap();
            let socket = TcpSocket::from_std_stream(socket.into());
            let mut stream = socket.connect(server).await.unwrap();
            stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
            let mut start = [0; 12];
            stream.read_exact(&mut start).await.unwrap();
            if start.ends_with(b"200") {
                held.push(stream);
            }
        }
    };
    // As many scrapes as start within this time.
    let _ = timeout(Duration::from_secs(3), ask).await;
    assert!(held.len() >= at_once, "{}", held.len());
    assert_eq!(get(server, "/livez", &[]).await.status, 200);
    let grown = resident_kib().saturating_sub(before);
    // Per-connection state, far less than a response of 300 KB each.
    assert!(grown < 32 * 1024, "{grown} KiB more for {}", held.len());
}
