//! A flood of wrong passwords: who is known, who is new, and the probes are answered meanwhile.

use ops::rbac::{Cost, Policy};
use ops::{Api, Health, Metrics};
use ops_tests::{basic, get, parse};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

/// What was seen during a flood.
#[derive(Debug)]
struct Seen {
    /// How many wrong passwords were answered.
    flood: usize,
    /// The 99th percentile of the times of a probe.
    probe: Duration,
    /// The same of a caller whose login is known.
    known: Duration,
    /// How long it took a caller from elsewhere, whose login is not known.
    unknown: Duration,
}

async fn flood(cost: Cost, connections: usize, addresses: usize, time: Duration) -> Seen {
    let policy = Policy::with_cost(cost).with_standard_roles();
    for user in ["alice", "bob"] {
        policy.add_user(user, &["viewer"]);
        policy.set_password(user, "s3cr3t").unwrap();
    }
    let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).policy(policy);
    let server = api.audit_sink(Silent).build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn().local_addr();
    let (alice, bob) = (basic("alice:s3cr3t"), basic("bob:s3cr3t"));
    assert_eq!(get(server, "/info", &[&alice]).await.status, 200, "alice is known");

    let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut clients = JoinSet::new();
    for connection in 0..connections {
        let from = SocketAddr::from(([127, 0, 1, (connection % addresses) as u8 + 1], 0));
        let (over, answered) = (over.clone(), answered.clone());
        clients.spawn(async move {
            let mut attempt = 0;
            while !over.load(Ordering::Relaxed) {
                attempt += 1;
                let wrong = basic(&format!("user{connection}:{attempt}"));
                if ask(server, from, &wrong).await.is_some_and(|status| matches!(status, 401 | 429 | 503)) {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    while answered.load(Ordering::Relaxed) < addresses {
        tokio::task::yield_now().await;
    }
    let started = Instant::now();
    let mut told = Vec::new();
    // Before the flood has failed once from each of its addresses, nothing tells bob from it: he may have to come back.
    while told.last() != Some(&200) {
        told.push(get(server, "/info", &[&bob]).await.status);
        assert!(started.elapsed() < Duration::from_secs(20) && matches!(told.last(), Some(200 | 503)), "{told:?}");
    }
    let unknown = started.elapsed();
    let (mut probes, mut knowns) = (Vec::new(), Vec::new());
    while started.elapsed() < time {
        probes.push(timed(server, "/healthz", &[]).await);
        knowns.push(timed(server, "/info", &[&alice]).await);
    }
    over.store(true, Ordering::Relaxed);
    clients.join_all().await;
    let percentile = |times: &mut Vec<Duration>| {
        times.sort();
        times[(times.len() - 1) * 99 / 100]
    };
    Seen {
        flood: answered.load(Ordering::Relaxed),
        probe: percentile(&mut probes),
        known: percentile(&mut knowns),
        unknown,
    }
}

/// How long an answer takes, which must be a 200.
async fn timed(server: SocketAddr, path: &str, headers: &[&str]) -> Duration {
    let started = Instant::now();
    assert_eq!(get(server, path, headers).await.status, 200, "{path}");
    started.elapsed()
}

/// The status that one of the flood is answered.
async fn ask(server: SocketAddr, from: SocketAddr, header: &str) -> Option<u16> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind(from).ok()?;
    let mut stream = socket.connect(server).await.ok()?;
    let request = format!("GET /info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    answer.contains("\r\n\r\n").then(|| parse(&answer).status)
}

struct Silent;

impl ops::audit::Sink for Silent {
    fn write(&mut self, _line: &str) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_wrong_passwords_keeps_nobody_out() {
    let seen = flood(Cost::new(7 * 1024, 1, 1).unwrap(), 100, 10, Duration::from_secs(1)).await;
    assert!(seen.flood >= 100 && seen.unknown < Duration::from_secs(5), "{seen:?}");
}

/// The long form, with the figures of a quiet machine.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "ten seconds of all processors: `cargo test --release -p ops-tests --test flood -- --ignored`"]
async fn two_thousand_connections_of_wrong_passwords_keep_nobody_out() {
    let seen = flood(Cost::default(), 2_000, 64, Duration::from_secs(10)).await;
    assert!(seen.probe < Duration::from_millis(50), "{seen:?}");
    assert!(seen.known < Duration::from_millis(100), "{seen:?}");
    assert!(seen.unknown < Duration::from_secs(5), "{seen:?}");
}
