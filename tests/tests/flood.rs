//! A flood of wrong passwords, from another process: who is known, who is new, and the probes are answered meanwhile.

use ops::rbac::{Cost, Policy};
use ops::{Api, Health, Metrics};
use ops_tests::log::Silent;
use ops_tests::memory::resident_kib;
use ops_tests::{basic, parse};
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    /// The memory of the server before any flood, before this one, at most, and after it, in KiB.
    memory: [u64; 4],
}

/// Another process, that sends wrong passwords until it is told to end.
struct Flood {
    started: Instant,
    program: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Flood {
    /// Begins; returns when the server has answered as many as there are addresses.
    fn begin(server: SocketAddr, connections: usize, network: u8, addresses: usize) -> Flood {
        let mut program = Command::new(env!("CARGO_BIN_EXE_wrong-passwords"));
        program.args([server.to_string(), connections.to_string(), network.to_string(), addresses.to_string()]);
        let mut program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap()).lines();
        let mut flood = Flood { started: Instant::now(), program, lines };
        assert_eq!(flood.line(), "begun");
        flood
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("a program that goes on").unwrap()
    }

    /// Ends; how many were answered.
    fn end(mut self) -> usize {
        drop(self.program.stdin.take());
        let answered = self.line().strip_prefix("answered ").unwrap().parse().unwrap();
        self.program.wait().unwrap();
        answered
    }
}

/// Floods a server for `time`, and asks meanwhile from one thread, so that nothing but the server takes time.
fn flood(cost: Cost, connections: usize, addresses: usize, time: Duration) -> Seen {
    let policy = Policy::with_cost(cost).with_standard_roles();
    for user in ["alice", "bob"] {
        policy.add_user(user, &["viewer"]);
        policy.set_password(user, "s3cr3t").unwrap();
    }
    let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).policy(policy);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(api.audit_sink(Silent).build().unwrap().bind("127.0.0.1:0")).unwrap().spawn();
    let server = server.local_addr().unwrap();
    let (alice, bob) = (basic("alice:s3cr3t"), basic("bob:s3cr3t"));
    assert_eq!(ask(server, "/info", &alice), 200, "alice is known");
    let cold = resident_kib();
    // What so many connections once take, the allocator keeps for the next ones: it is more from then on that would be a leak.
    let warm_up = Flood::begin(server, connections, 1, addresses);
    while warm_up.started.elapsed() < time / 10 {
        timed(server, "/healthz", "");
    }
    warm_up.end();
    let before = resident_kib();

    let flood = Flood::begin(server, connections, 2, addresses);
    let started = Instant::now();
    let mut told = Vec::new();
    // Before the flood has failed once from each of its addresses, nothing tells bob from it: he may have to come back.
    while told.last() != Some(&200) {
        told.push(ask(server, "/info", &bob));
        assert!(started.elapsed() < Duration::from_secs(20) && matches!(told.last(), Some(200 | 503)), "{told:?}");
    }
    let unknown = started.elapsed();
    let (mut probes, mut knowns, mut most) = (Vec::new(), Vec::new(), before);
    while started.elapsed() < time {
        probes.push(timed(server, "/healthz", ""));
        knowns.push(timed(server, "/info", &alice));
        most = most.max(resident_kib());
    }
    let flood = flood.end();
    // What is still to be answered is, before this.
    timed(server, "/healthz", "");
    let percentile = |mut times: Vec<Duration>| {
        times.sort();
        times[(times.len() - 1) * 99 / 100]
    };
    Seen {
        flood,
        probe: percentile(probes),
        known: percentile(knowns),
        unknown,
        memory: [cold, before, most, resident_kib()],
    }
}

/// How long an answer takes, which must be a 200.
fn timed(server: SocketAddr, path: &str, header: &str) -> Duration {
    let started = Instant::now();
    assert_eq!(ask(server, path, header), 200, "{path}");
    started.elapsed()
}

/// The status of an answer, over a connection of its own.
fn ask(server: SocketAddr, path: &str, header: &str) -> u16 {
    let mut stream = TcpStream::connect(server).unwrap();
    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    parse(&answer).status
}

#[test]
fn a_flood_of_wrong_passwords_keeps_nobody_out() {
    let seen = flood(Cost::new(7 * 1024, 1, 1).unwrap(), 100, 10, Duration::from_secs(1));
    assert!(seen.flood >= 100 && seen.unknown < Duration::from_secs(5), "{seen:?}");
}

/// The long form, with the figures of a quiet machine.
#[test]
#[ignore = "ten seconds of all processors: `cargo test --release -p ops-tests --test flood -- --ignored`"]
fn two_thousand_connections_of_wrong_passwords_keep_nobody_out() {
    // As many as find places, and twice as many.
    for connections in [1_000, 2_000] {
        let seen = flood(Cost::default(), connections, 64, Duration::from_secs(10));
        println!("{connections} connections: {seen:?}");
        judge(&seen);
    }
}

fn judge(seen: &Seen) {
    assert!(seen.probe < Duration::from_millis(50), "{seen:?}");
    assert!(seen.known < Duration::from_millis(100), "{seen:?}");
    assert!(seen.unknown < Duration::from_secs(5), "{seen:?}");
    let [cold, before, most, after] = seen.memory;
    // One check of a password at a time for two cores, of 19 MiB.
    let checks = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64 / 2).max(1) * 19 * 1024;
    assert!(most < cold + checks + 32 * 1024, "{seen:?}");
    assert!(after < before + before / 10, "{seen:?}");
}
