//! Exhaustion of connection permits and file descriptors, in a child process.
//!
//! The server must use little CPU time, recover within two seconds, and release all resources.

use ops::rbac::Token;
use ops::{Api, Health, Limits, Metrics, Running, Tls};
use ops_tests::program::ignored_test;
use ops_tests::tls::{Files, modern};
use ops_tests::{get, tls};
use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

// ---- child processes ------------------------------------------------------------------------------

/// A child process that answers each input line by a line and exits at the end of its input.
struct Program {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start(mut command: Command) -> Program {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Program { child, input, lines: BufReader::new(output).lines() }
    }

    /// Waits for the next line that contains `word`. Returns the text after it.
    async fn read_line_with(&mut self, word: &str) -> String {
        loop {
            let line = self.lines.next_line().await.unwrap().expect("the process runs");
            if let Some((_, rest)) = line.split_once(word) {
                return rest.trim().to_owned();
            }
        }
    }

    async fn send_line(&mut self, line: &str, word: &str) -> String {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        self.read_line_with(word).await
    }

    /// Closes the input and waits for a successful exit.
    async fn end(mut self) {
        drop(self.input);
        assert!(self.child.wait().await.unwrap().success());
    }
}

/// Starts a process that holds `connections` connections to `server` from several loopback addresses.
async fn hold(server: SocketAddr, connections: usize, addresses: usize) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hold-connections"));
    command.args([server.to_string(), connections.to_string(), addresses.to_string()]);
    let mut held = Program::start(command);
    assert_eq!(held.read_line_with("connected").await, connections.to_string());
    held
}

/// Returns the number of held connections that the server has not closed.
async fn open(held: &mut Program) -> usize {
    held.send_line("", "open").await.parse().unwrap()
}

struct Server {
    program: Program,
    address: SocketAddr,
}

/// Resource usage of a process.
#[derive(Clone, Copy, Debug)]
struct Usage {
    descriptors: usize,
    resident_kib: u64,
    cpu_time: Duration,
}

impl Server {
    /// Starts a server limited to `files` descriptors, with the policy or TLS files in `folder`.
    async fn start(files: usize, folder: Option<&Path>) -> Server {
        let mut command = Command::new("sh");
        let test = ignored_test("exhaustion::inner_server");
        command
            .args(["-c", &format!("ulimit -n {files}; exec \"$0\" \"$@\"")])
            .arg(test.get_program())
            .args(test.get_args());
        command.envs(folder.map(|folder| ("OPS_TESTS_FOLDER", folder)));
        let mut program = Program::start(command);
        let address = program.read_line_with("listening").await.parse().unwrap();
        Server { program, address }
    }

    fn usage(&self) -> Usage {
        /// Duration of a clock tick (`USER_HZ`), the same on every Linux system.
        const TICK: Duration = Duration::from_millis(10);
        let process = format!("/proc/{}", self.program.child.id().unwrap());
        let read = |name: &str| std::fs::read_to_string(format!("{process}/{name}")).unwrap();
        let stat = read("stat");
        // The fields follow the program name, which is in parentheses.
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().collect();
        let ticks: u32 = [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<u32>().unwrap()).sum();
        let status = read("status");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        Usage {
            descriptors: std::fs::read_dir(format!("{process}/fd")).unwrap().count(),
            resident_kib: resident.trim().trim_end_matches(" kB").parse().unwrap(),
            cpu_time: TICK * ticks,
        }
    }

    async fn assert_responds_within_two_seconds(&self) {
        let probed = tokio::time::timeout(Duration::from_secs(2), get(self.address, "/livez", &[])).await;
        assert_eq!(probed.expect("a response within two seconds").status, 200);
    }

    /// Asserts that the idle server uses less than 5 % of a CPU.
    async fn assert_idle(&self) {
        const WINDOW: Duration = Duration::from_secs(2);
        let before = self.usage().cpu_time;
        tokio::time::sleep(WINDOW).await;
        let taken = self.usage().cpu_time - before;
        assert!(taken < WINDOW / 20, "{taken:?} of {WINDOW:?}");
    }

    /// Asserts that the descriptors opened since `before` are closed within two seconds.
    async fn assert_descriptors_released(&self, before: Usage) {
        let started = Instant::now();
        while self.usage().descriptors > before.descriptors {
            assert!(started.elapsed() < Duration::from_secs(2), "{before:?}, then {:?}", self.usage());
            tokio::task::yield_now().await;
        }
    }

    /// Asserts that memory has grown by at most 10 % since `before`, when it was already warmed up.
    fn assert_no_memory_growth(&self, before: Usage) {
        let after = self.usage();
        assert!(after.resident_kib <= before.resident_kib + before.resident_kib / 10, "{before:?}, then {after:?}");
    }
}

fn builder() -> ops::ApiBuilder {
    // Long enough that connections are closed only by eviction; reloads are frequent enough for the test to observe
    // them without causing noticeable load.
    let limits = Limits::default()
        .request_head_timeout(Duration::from_secs(600))
        .policy_reload_interval(Duration::from_millis(20));
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).limits(limits)
}

/// The server process. On `fill`, it opens files until none are left; on `free`, it closes them.
#[tokio::test]
#[ignore = "run by other tests in a child process"]
async fn inner_server() {
    let mut builder = builder();
    if let Some(folder) = std::env::var_os("OPS_TESTS_FOLDER") {
        let at = |name: &str| Path::new(&folder).join(name);
        if at("policy.toml").exists() {
            builder = builder.policy_file(at("policy.toml"));
        } else {
            builder = builder.tls(Tls::new(at("server.crt"), at("server.key")));
        }
    }
    let running: Running = builder.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn();
    println!("listening {}", running.local_addr().unwrap());
    let ended = tokio::task::spawn_blocking(|| {
        let mut files = Vec::new();
        for line in std::io::stdin().lines() {
            match line.unwrap().as_str() {
                "fill" => files.extend(std::iter::from_fn(|| std::fs::File::open("/dev/null").ok())),
                _ => files.clear(),
            }
            println!("files {}", files.len());
        }
    });
    ended.await.unwrap();
}

// ---- connection limit -------------------------------------------------------------------------

/// Repeatedly opens more connections than the limit allows.
async fn exceed_connection_limit(connections: usize) {
    let server = Server::start(20_000, None).await;
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    let (before, mut warm) = (server.usage(), server.usage());
    // The allocator reaches its full size after several rounds, later while other processes run.
    for turn in 0..9 {
        let mut held = hold(server.address, connections, 100).await;
        assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
        let open = open(&mut held).await;
        assert!((500..=1040).contains(&open), "{open} are open");
        if turn == 0 {
            server.assert_idle().await;
        }
        held.end().await;
        let started_at = Instant::now();
        assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
        assert!(started_at.elapsed() < Duration::from_secs(2), "{:?}", started_at.elapsed());
        server.assert_descriptors_released(before).await;
        if turn == 5 {
            warm = server.usage();
        }
    }
    server.assert_no_memory_growth(warm);
    server.program.end().await;
}

#[tokio::test]
async fn server_at_its_connection_limit_is_idle_and_releases_resources() {
    exceed_connection_limit(2_000).await;
}

#[tokio::test]
#[ignore = "ten thousand connections: `cargo test --release -p ops-tests --test processes -- --ignored ten_thousand`"]
async fn ten_thousand_connections_at_the_limit_leave_the_server_idle() {
    exceed_connection_limit(10_000).await;
}

// ---- file-descriptor limit -------------------------------------------------------------------------

#[tokio::test]
async fn process_out_of_file_descriptors_answers_probes_and_is_idle() {
    let mut server = Server::start(128, None).await;
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    let before = server.usage();
    let files: usize = server.program.send_line("fill", "files").await.parse().unwrap();
    assert!((50..128).contains(&files), "{files}");
    // The reserved descriptor suffices for each probe in turn.
    for _ in 0..20 {
        server.assert_responds_within_two_seconds().await;
    }
    let mut held = hold(server.address, 50, 20).await;
    server.assert_responds_within_two_seconds().await;
    server.assert_idle().await;
    assert_eq!(server.program.send_line("free", "files").await, "0");
    server.assert_responds_within_two_seconds().await;
    assert!(open(&mut held).await < 128);
    held.end().await;
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    server.assert_descriptors_released(before).await;
    server.program.end().await;
}

#[tokio::test]
async fn policy_stays_active_while_its_file_cannot_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let token = Token::generate().unwrap();
    let text = format!("[users.alice]\nroles = [\"viewer\"]\ntokens = [{{ sha256 = \"{}\" }}]\n", token.digest());
    std::fs::write(folder.path().join("policy.toml"), text).unwrap();
    let mut server = Server::start(128, Some(folder.path())).await;
    let bearer = format!("Authorization: Bearer {}", token.reveal());
    // After a response, the server is waiting for the next connection and has reserved its descriptor.
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    server.program.send_line("fill", "files").await;
    let failure = async || {
        let info = get(server.address, "/info", &[&bearer]).await;
        assert_eq!(info.status, 200, "{}", info.body);
        info.json()["policy"]["failure"].to_string()
    };
    let started = Instant::now();
    while !failure().await.contains("os error 24") {
        assert!(started.elapsed() < Duration::from_secs(2), "the reload must fail in time");
    }
    for _ in 0..20 {
        failure().await;
    }
    server.program.send_line("free", "files").await;
    let started = Instant::now();
    while failure().await != "null" {
        assert!(started.elapsed() < Duration::from_secs(2), "the reload must succeed in time");
    }
    server.program.end().await;
}

/// Holds `connections` connections to a server that may open 128 descriptors.
async fn exhaust_descriptors(connections: usize) {
    let server = Server::start(128, None).await;
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    let before = server.usage();
    let mut held = hold(server.address, connections, 20).await;
    server.assert_responds_within_two_seconds().await;
    let open = open(&mut held).await;
    assert!((50..128).contains(&open), "idle connections must have been evicted: {open}");
    server.assert_idle().await;
    held.end().await;
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    server.assert_descriptors_released(before).await;
    server.program.end().await;
}

#[tokio::test]
async fn idle_connections_are_evicted_under_file_descriptor_exhaustion() {
    exhaust_descriptors(1_000).await;
}

#[tokio::test]
#[ignore = "ten thousand connections: `cargo test --release -p ops-tests --test processes -- --ignored ten_thousand`"]
async fn ten_thousand_connections_under_file_descriptor_exhaustion() {
    exhaust_descriptors(10_000).await;
}

// ---- aborted handshakes ---------------------------------------------------------------------

/// Aborts twice this number of handshakes, in five different states.
async fn abort_handshakes(handshakes: usize) {
    let files = Files::new();
    let server = Server::start(20_000, Some(files.folder.path())).await;
    let client = modern(&files.authority, None);
    let mut connection =
        ClientConnection::new(Arc::new(client.clone()), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut hello = Vec::new();
    connection.write_tls(&mut hello).unwrap();
    let ask = async || tls::get(server.address, client.clone(), "/livez", &[]).await.unwrap().status;
    assert_eq!(ask().await, 200);
    let (before, mut warm) = (server.usage(), server.usage());
    for turn in 0..2 * handshakes {
        let sent = match turn % 5 {
            0 => &[],
            1 => &hello[..hello.len() / 2],
            2 => &hello[..],
            3 => b"GET / HTTP/1.1\r\n\r\n",
            _ => &[0xff; 64],
        };
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let _ = stream.write_all(sent).await;
        drop(stream);
        if turn == handshakes {
            assert_eq!(ask().await, 200);
            warm = server.usage();
        }
    }
    assert_eq!(ask().await, 200, "more handshakes than permits, and all permits are free");
    server.assert_descriptors_released(before).await;
    server.assert_no_memory_growth(warm);
    server.program.end().await;
}

#[tokio::test]
async fn aborted_handshakes_leak_nothing() {
    abort_handshakes(1_000).await;
}

#[tokio::test]
#[ignore = "ten thousand handshakes: `cargo test --release -p ops-tests --test processes -- --ignored ten_thousand`"]
async fn ten_thousand_aborted_handshakes_leak_nothing() {
    abort_handshakes(10_000).await;
}
