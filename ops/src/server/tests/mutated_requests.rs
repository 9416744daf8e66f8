//! Fuzzing of the server with mutations of valid requests and known attacks.
//!
//! The server must respond on or close each connection within bounded time, and serve valid requests afterward.

use super::InMemoryServer;
use crate::admin::{self, AdminState, ApiConfig, Exposure, Limits};
use crate::rbac::{Cost, Policy};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// Seed requests.
const CORPUS: &[&str] = &[
    "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET /readyz?verbose&exclude=a&exclude=b HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain;q=0.5, */*\r\n\r\n",
    "GET /info HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YWxpY2U6czNjcjN0\r\n\r\n",
    "GET /info HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ops_x\r\nAuthorization: Bearer ops_y\r\n\r\n",
    "PUT /admin/drain HTTP/1.1\r\nHost: localhost\r\nX-Ops-Request: 1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "POST /admin/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "POST /admin/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /info HTTP/1.1\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\nFFFFFFFFFFFFFFFF;x=y\r\n",
    "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9223372036854775808\r\nExpect: 100-continue\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 5\r\n\r\nhello",
    "GET http://localhost/metrics HTTP/1.0\r\nConnection: keep-alive\r\nAccept-Encoding: gzip\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    "GET /\u{0}\u{7f} HTTP/1.1\r\n folded: yes\r\nX\u{0}: \n\r\n",
];

/// A seeded random number generator (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

fn mutated(random: &mut Random) -> Vec<u8> {
    let pick = |random: &mut Random| CORPUS[random.below(CORPUS.len())].as_bytes().to_vec();
    let mut bytes = pick(random);
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(7) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => bytes[at] = random.next() as u8,
            2 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            3 => bytes.extend(pick(random)),
            4 => drop(bytes.splice(at..at, pick(random).into_iter().take(40))),
            5 => drop(bytes.splice(at..at, std::iter::repeat_n(random.next() as u8, random.below(20_000)))),
            _ => {
                let end = at + random.below(bytes.len() - at);
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

/// Sends `requests` mutated requests over 100 connections at a time.
///
/// Returns the resident memory of the process, in KiB, after half of the requests and at the end.
async fn run_mutated_requests(requests: usize) -> [u64; 2] {
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    policy.add_user("alice", &["owner"]);
    policy.set_password("alice", "s3cr3t").unwrap();
    let limits = Limits::default().max_connections_per_address(1_000);
    let config = ApiConfig { policy: Some(Arc::new(policy)), limits: limits.clone(), ..ApiConfig::empty() };
    let admin = AdminState::for_tests(config, Exposure::Network);
    let server = InMemoryServer::new(admin::Responder::new(&admin), limits);
    let mut random = Random(1);
    let mut resident = 0;
    for round in 0..requests / 100 {
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let bytes = mutated(&mut random);
            let (mut stream, serving) = server.connect(64 * 1024);
            clients.spawn(async move {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                let mut response = Vec::new();
                let ended = timeout(Duration::from_secs(60), stream.read_to_end(&mut response)).await;
                assert!(ended.is_ok(), "no end after {:?}", String::from_utf8_lossy(&bytes));
                let is_answer = response.is_empty() || response.starts_with(b"HTTP/1.");
                assert!(is_answer, "{:?} to {:?}", String::from_utf8_lossy(&response), String::from_utf8_lossy(&bytes));
                serving.await.expect("no panic");
            });
        }
        while let Some(ended) = clients.join_next().await {
            ended.unwrap();
        }
        if round == requests / 200 {
            resident = resident_kib();
        }
    }
    let resident = [resident, resident_kib()];
    let (mut stream, _serving) = server.connect(64 * 1024);
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    resident
}

/// Returns the resident memory of this process in KiB, or 0 if it is unknown.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap())
}

#[tokio::test]
async fn survives_fifty_thousand_mutated_requests() {
    run_mutated_requests(50_000).await;
}

#[tokio::test]
#[ignore = "takes minutes: `cargo test --release -p ops --lib -- --ignored mutated`"]
async fn survives_a_million_mutated_requests_without_leaking() {
    // Ignored tests run in their own process, so its memory is that of this test.
    let [half, end] = run_mutated_requests(1_000_000).await;
    assert!(end <= half + half / 10, "{half} KiB, then {end} KiB");
}
