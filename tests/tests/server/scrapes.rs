//! Who asks for the metrics and never reads them, and who asks for them all the time: others are answered meanwhile.

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

/// How long a client may read nothing of its response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// A server whose metrics are longer, by far, than what is buffered for a client that does not read: about 10 MB.
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

/// Asks from this address for the metrics, and reads only the first byte of them.
async fn stalled(server: SocketAddr, last: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.bind(([127, 0, 0, last], 0).into()).unwrap();
    let mut stream = socket.connect(server).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    stream
}

#[tokio::test]
async fn one_address_that_never_reads_keeps_no_other_from_its_scrape() {
    let server = server(Limits::default().write_timeout(WRITE_TIMEOUT)).await;
    let mut held = Vec::new();
    for _ in 0..40 {
        held.push(stalled(server, 2).await);
    }
    // They are asked for before what follows, and one of those that are served has begun to be.
    held[0].read_exact(&mut [0]).await.unwrap();
    for _ in 0..3 {
        let asked = Instant::now();
        let scraped = scrape(server, "/metrics", &[]).await;
        assert_eq!(scraped.head.status, 200);
        assert!(scraped.body.is_some_and(|body| body.len() > 10_000_000), "all of it");
        assert!(asked.elapsed() < WRITE_TIMEOUT, "{:?}", asked.elapsed());
    }
}

#[tokio::test]
async fn many_addresses_that_never_read_make_way() {
    let server = server(Limits::default()).await;
    let mut held = Vec::new();
    for round in 0..4 {
        for last in 2..12 {
            held.push(stalled(server, last).await);
        }
        // Who comes back when told to is served, long before the limit of what is written.
        let asked = Instant::now();
        while scrape(server, "/metrics?name[]=requests_0_total", &[]).await.head.status != 200 {
            assert!(asked.elapsed() < Duration::from_secs(8), "{round}: {:?}", asked.elapsed());
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

/// What was seen of so many connections that ask for the metrics all the time.
#[derive(Debug)]
struct Seen {
    /// Scrapes that were answered, and those that were told to come back.
    answered: [usize; 2],
    /// The 99th percentile of the times of a probe.
    probe: Duration,
}

async fn overloaded(connections: usize, time: Duration) -> Seen {
    let server = server(Limits::default()).await;
    let goes_on = Arc::new(AtomicBool::new(true));
    let answered = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        let (goes_on, answered) = (goes_on.clone(), answered.clone());
        clients.spawn(async move {
            while goes_on.load(Ordering::Relaxed) {
                let scraped = scrape(server, "/metrics", &[]).await;
                let is_refused = scraped.head.status == 503;
                assert!(is_refused || scraped.body.is_some(), "whole or not at all: {:?}", scraped.head);
                assert_eq!(scraped.head.header("retry-after"), is_refused.then_some("1"), "{:?}", scraped.head);
                answered[usize::from(is_refused)].fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let (started, mut probes) = (Instant::now(), Vec::new());
    while started.elapsed() < time {
        let asked = Instant::now();
        assert_eq!(get(server, "/healthz", &[]).await.status, 200);
        probes.push(asked.elapsed());
    }
    goes_on.store(false, Ordering::Relaxed);
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    probes.sort();
    let probe = probes[(probes.len() - 1) * 99 / 100];
    Seen { answered: [0, 1].map(|at| answered[at].load(Ordering::Relaxed)), probe }
}

#[tokio::test]
async fn who_scrapes_all_the_time_is_told_to_come_back_and_probes_are_answered() {
    let seen = overloaded(64, Duration::from_secs(1)).await;
    assert!(seen.answered.iter().all(|answered| *answered > 0), "{seen:?}");
}

/// The long form, with the figure of a quiet machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "thirty seconds of all processors: `cargo test --release -p ops-tests --test server -- --ignored scrapes`"]
async fn sixty_four_connections_that_scrape_all_the_time_leave_probes_alone() {
    let seen = overloaded(64, Duration::from_secs(30)).await;
    println!("{seen:?}");
    assert!(seen.probe < Duration::from_millis(50), "{seen:?}");
}
