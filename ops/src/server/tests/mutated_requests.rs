//! Bytes that are nearly requests: cut, flipped, doubled and joined from requests that are good and from ones that have hurt
//! other servers. The server answers or closes, in bounded time, and is as it was.

use super::InMemoryServer;
use crate::admin::{self, AdminState, ApiConfig, Exposure, Limits};
use crate::rbac::{Cost, Policy};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// What is mutated.
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

/// A generator of numbers that is the same each time (SplitMix64).
struct Numbers(u64);

impl Numbers {
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

fn mutated(numbers: &mut Numbers) -> Vec<u8> {
    let pick = |numbers: &mut Numbers| CORPUS[numbers.below(CORPUS.len())].as_bytes().to_vec();
    let mut bytes = pick(numbers);
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        match numbers.below(7) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => bytes[at] = numbers.next() as u8,
            2 if !bytes.is_empty() => bytes[at] ^= 1 << numbers.below(8),
            3 => bytes.extend(pick(numbers)),
            4 => drop(bytes.splice(at..at, pick(numbers).into_iter().take(40))),
            5 => drop(bytes.splice(at..at, std::iter::repeat_n(numbers.next() as u8, numbers.below(20_000)))),
            _ => {
                let end = at + numbers.below(bytes.len() - at);
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

/// Sends so many, a hundred connections at a time; how much memory the process has when half of them are sent and at the
/// end, in KiB.
async fn survives(requests: usize) -> [u64; 2] {
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    policy.add_user("alice", &["owner"]);
    policy.set_password("alice", "s3cr3t").unwrap();
    let limits = Limits::default().max_connections_per_address(1_000);
    let config = ApiConfig { policy: Some(Arc::new(policy)), limits: limits.clone(), ..ApiConfig::empty() };
    let admin = AdminState::for_tests(config, Exposure::Network);
    let server = InMemoryServer::new(admin::Responder::new(&admin), limits);
    let mut numbers = Numbers(1);
    let mut resident = 0;
    for turn in 0..requests / 100 {
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let bytes = mutated(&mut numbers);
            let (mut stream, serving) = server.connect(64 * 1024);
            clients.spawn(async move {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                let mut answer = Vec::new();
                let ended = timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await;
                assert!(ended.is_ok(), "no end after {:?}", String::from_utf8_lossy(&bytes));
                let is_answer = answer.is_empty() || answer.starts_with(b"HTTP/1.");
                assert!(is_answer, "{:?} to {:?}", String::from_utf8_lossy(&answer), String::from_utf8_lossy(&bytes));
                serving.await.expect("no panic");
            });
        }
        while let Some(ended) = clients.join_next().await {
            ended.unwrap();
        }
        if turn == requests / 200 {
            resident = resident_kib();
        }
    }
    let resident = [resident, resident_kib()];
    let (mut stream, _serving) = server.connect(64 * 1024);
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    resident
}

/// The memory of this process.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap())
}

#[tokio::test]
async fn fifty_thousand_mutated_requests_do_no_harm() {
    survives(50_000).await;
}

#[tokio::test]
#[ignore = "takes minutes: `cargo test --release -p ops --lib -- --ignored a_million`"]
async fn a_million_mutated_requests_do_no_harm() {
    // Alone in its process, so that the memory is its own.
    let [half, end] = survives(1_000_000).await;
    assert!(end <= half + half / 10, "{half} KiB, then {end} KiB");
}
