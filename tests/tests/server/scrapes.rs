//! Stalled and continuous scrapes do not block other scrapes and probes.

use ops::{Api, Health, Limits, Metrics, attr};
use ops_tests::get;
use ops_tests::scrape::scrape;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// Maximum time that a client may stall while receiving a response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Starts a server whose metrics (10 MB) by far exceed the socket buffers.
async fn server(limits: Limits) -> SocketAddr {
    let metrics = Metrics::new();
    let value = "x".repeat(1_000);
    for number in 0..10 {
        let counter = metrics.counter(&format!("requests_{number}_total"));
        for series in 0..1_000 {
            counter.add(1, &[attr("route", format!("{value}{series}"))]);
        }
    }
    let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(metrics)).uncompressed_metrics();
    api.limits(limits).build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap()
}

/// Connects from 127.0.0.`last`, requests the metrics, and does not read the response.
async fn stalled(server: SocketAddr, last: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.bind(([127, 0, 0, last], 0).into()).unwrap();
    let mut stream = socket.connect(server).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    stream
}

#[tokio::test]
async fn address_that_never_reads_does_not_block_scrapes_of_others() {
    let server = server(Limits::default().write_timeout(WRITE_TIMEOUT)).await;
    let mut held = Vec::new();
    for _ in 0..40 {
        held.push(stalled(server, 2).await);
    }
    // One of the stalled scrapes has started, so all of them were requested before those below.
    held[0].read_exact(&mut [0]).await.unwrap();
    for _ in 0..3 {
        let started_at = Instant::now();
        let scraped = scrape(server, "/metrics", &[]).await;
        assert_eq!(scraped.head.status, 200);
        assert!(scraped.body.is_some_and(|body| body.len() > 10_000_000), "all of it");
        assert!(started_at.elapsed() < WRITE_TIMEOUT, "{:?}", started_at.elapsed());
    }
}

#[tokio::test]
async fn stalled_scrapes_from_many_addresses_are_evicted() {
    let server = server(Limits::default()).await;
    let mut held = Vec::new();
    for round in 0..4 {
        for last in 2..12 {
            held.push(stalled(server, last).await);
        }
        // A client that honors `Retry-After` is served long before the write timeout.
        let started_at = Instant::now();
        while scrape(server, "/metrics?name[]=requests_0_total", &[]).await.head.status != 200 {
            assert!(started_at.elapsed() < Duration::from_secs(8), "{round}: {:?}", started_at.elapsed());
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

/// Measurements under continuous scrapes.
#[derive(Debug)]
struct Measurements {
    /// Number of scrapes answered, and of those rejected with 503.
    answered: [usize; 2],
    /// 99th percentile of the latency of a probe.
    probe: Duration,
}

async fn scrape_continuously(connections: usize, time: Duration) -> Measurements {
    let server = server(Limits::default()).await;
    let runs = Arc::new(AtomicBool::new(true));
    let answered = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        let (runs, answered) = (runs.clone(), answered.clone());
        clients.spawn(async move {
            while runs.load(Ordering::Relaxed) {
                let scraped = scrape(server, "/metrics", &[]).await;
                let is_refused = scraped.head.status == 503;
                assert!(is_refused || scraped.body.is_some(), "complete or rejected: {:?}", scraped.head);
                assert_eq!(scraped.head.header("retry-after"), is_refused.then_some("1"), "{:?}", scraped.head);
                answered[usize::from(is_refused)].fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let (started, mut probes) = (Instant::now(), Vec::new());
    while started.elapsed() < time {
        let started_at = Instant::now();
        assert_eq!(get(server, "/healthz", &[]).await.status, 200);
        probes.push(started_at.elapsed());
    }
    runs.store(false, Ordering::Relaxed);
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    probes.sort();
    let probe = probes[(probes.len() - 1) * 99 / 100];
    Measurements { answered: [0, 1].map(|at| answered[at].load(Ordering::Relaxed)), probe }
}

#[tokio::test]
async fn excess_scrapes_are_rejected_and_probes_answered() {
    let measured = scrape_continuously(64, Duration::from_secs(1)).await;
    assert!(measured.answered.iter().all(|answered| *answered > 0), "{measured:?}");
}

/// Load test; needs an idle machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "uses all processors for thirty seconds: `cargo test --release -p ops-tests --test server -- --ignored scrapes`"]
async fn continuous_scrapes_on_sixty_four_connections_do_not_delay_probes() {
    let measured = scrape_continuously(64, Duration::from_secs(30)).await;
    println!("{measured:?}");
    assert!(measured.probe < Duration::from_millis(50), "{measured:?}");
}
