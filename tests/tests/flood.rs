//! A brute-force flood of failed logins: cached and new logins and probes are answered meanwhile.

use ops::rbac::{Cost, Policy};
use ops::{Api, Health, Metrics};
use ops_tests::log::NullSink;
use ops_tests::memory::resident_kib;
use ops_tests::{basic, parse};
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Measurements during a flood.
#[derive(Debug)]
struct Measurements {
    /// Number of failed logins that were answered.
    flood: usize,
    /// 99th percentile of the latency of a probe.
    probe: Duration,
    /// 99th percentile of the latency of a request with a cached login.
    known: Duration,
    /// Time until the first successful login from another address.
    unknown: Duration,
    /// Resident memory before any flood, before this one, its maximum, and afterward, in KiB.
    memory: [u64; 4],
}

/// A process that sends wrong passwords until its input ends.
struct Flood {
    started: Instant,
    program: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Flood {
    /// Starts the flood. Returns once the server has answered as many logins as there are addresses.
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
        self.lines.next().expect("the process runs").unwrap()
    }

    /// Ends the flood. Returns the number of answered logins.
    fn end(mut self) -> usize {
        drop(self.program.stdin.take());
        let answered = self.line().strip_prefix("answered ").unwrap().parse().unwrap();
        self.program.wait().unwrap();
        answered
    }
}

/// Floods a server for `time` and sends requests meanwhile.
///
/// The requests come from one thread, so that only the server uses CPU time.
fn flood(cost: Cost, connections: usize, addresses: usize, time: Duration) -> Measurements {
    let policy = Policy::with_cost(cost).with_standard_roles();
    for user in ["alice", "bob"] {
        policy.add_user(user, &["viewer"]);
        policy.set_password(user, "s3cr3t").unwrap();
    }
    let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).policy(policy);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(api.audit_sink(NullSink).build().unwrap().bind("127.0.0.1:0")).unwrap().spawn();
    let server = server.local_addr().unwrap();
    let (alice, bob) = (basic("alice:s3cr3t"), basic("bob:s3cr3t"));
    assert_eq!(ask(server, "/info", &alice), 200, "the login of alice is cached");
    let cold = resident_kib();
    // The allocator retains the memory of the first connections; only further growth would be a leak.
    let warm_up = Flood::begin(server, connections, 1, addresses);
    while warm_up.started.elapsed() < time / 10 {
        timed(server, "/healthz", "");
    }
    warm_up.end();
    let before = resident_kib();

    let flood = Flood::begin(server, connections, 2, addresses);
    let started = Instant::now();
    let mut statuses = Vec::new();
    // Bob may get a 503 until a login from each address of the flood has failed; only then does his address have priority.
    while statuses.last() != Some(&200) {
        statuses.push(ask(server, "/info", &bob));
        assert!(
            started.elapsed() < Duration::from_secs(20) && matches!(statuses.last(), Some(200 | 503)),
            "{statuses:?}"
        );
    }
    let unknown = started.elapsed();
    let (mut probes, mut knowns, mut most) = (Vec::new(), Vec::new(), before);
    while started.elapsed() < time {
        probes.push(timed(server, "/healthz", ""));
        knowns.push(timed(server, "/info", &alice));
        most = most.max(resident_kib());
    }
    let flood = flood.end();
    // Let the server respond to the queued logins.
    timed(server, "/healthz", "");
    let percentile = |mut times: Vec<Duration>| {
        times.sort();
        times[(times.len() - 1) * 99 / 100]
    };
    Measurements {
        flood,
        probe: percentile(probes),
        known: percentile(knowns),
        unknown,
        memory: [cold, before, most, resident_kib()],
    }
}

/// Returns the latency of a request, which must succeed.
fn timed(server: SocketAddr, path: &str, header: &str) -> Duration {
    let started = Instant::now();
    assert_eq!(ask(server, path, header), 200, "{path}");
    started.elapsed()
}

/// Sends a request over a new connection. Returns the status of the response.
fn ask(server: SocketAddr, path: &str, header: &str) -> u16 {
    let mut stream = TcpStream::connect(server).unwrap();
    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    parse(&response).status
}

#[test]
fn brute_force_flood_does_not_block_other_callers() {
    let measured = flood(Cost::new(7 * 1024, 1, 1).unwrap(), 100, 10, Duration::from_secs(1));
    assert!(measured.flood >= 100 && measured.unknown < Duration::from_secs(5), "{measured:?}");
}

/// Load test; needs an idle machine.
#[test]
#[ignore = "uses all processors for ten seconds: `cargo test --release -p ops-tests --test flood -- --ignored`"]
fn brute_force_flood_of_two_thousand_connections_does_not_block_other_callers() {
    // As many connections as the limit allows, and twice that.
    for connections in [1_000, 2_000] {
        let measured = flood(Cost::default(), connections, 64, Duration::from_secs(10));
        println!("{connections} connections: {measured:?}");
        assert_limits(&measured);
    }
}

fn assert_limits(measured: &Measurements) {
    assert!(measured.probe < Duration::from_millis(50), "{measured:?}");
    assert!(measured.known < Duration::from_millis(100), "{measured:?}");
    assert!(measured.unknown < Duration::from_secs(5), "{measured:?}");
    let [cold, before, most, after] = measured.memory;
    // Passwords are verified concurrently on half of the CPUs, with 19 MiB each.
    let checks = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64 / 2).max(1) * 19 * 1024;
    assert!(most < cold + checks + 32 * 1024, "{measured:?}");
    assert!(after < before + before / 10, "{measured:?}");
}
