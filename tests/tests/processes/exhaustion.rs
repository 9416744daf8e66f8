//! A server, in a process of its own, that has no room for more connections or no file descriptors: it costs nothing meanwhile,
//! goes on as soon as it can, and all that it took is given back.

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

// ---- the other processes ------------------------------------------------------------------------------

/// A program that answers each line by a line, until its input ends.
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

    /// What follows `word` in the next line that has it.
    async fn hear(&mut self, word: &str) -> String {
        loop {
            let line = self.lines.next_line().await.unwrap().expect("a program that goes on");
            if let Some((_, rest)) = line.split_once(word) {
                return rest.trim().to_owned();
            }
        }
    }

    async fn tell(&mut self, line: &str, word: &str) -> String {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        self.hear(word).await
    }

    /// Ends its input, and waits until it has ended.
    async fn end(mut self) {
        drop(self.input);
        assert!(self.child.wait().await.unwrap().success());
    }
}

/// Connections that are held: so many, from so many addresses of this machine.
async fn hold(server: SocketAddr, connections: usize, addresses: usize) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hold-connections"));
    command.args([server.to_string(), connections.to_string(), addresses.to_string()]);
    let mut held = Program::start(command);
    assert_eq!(held.hear("connected").await, connections.to_string());
    held
}

/// How many of them the server has not closed.
async fn open(held: &mut Program) -> usize {
    held.tell("", "open").await.parse().unwrap()
}

struct Server {
    program: Program,
    address: SocketAddr,
}

/// What a process takes.
#[derive(Clone, Copy, Debug)]
struct Usage {
    descriptors: usize,
    resident_kib: u64,
    processor: Duration,
}

impl Server {
    /// One whose process may open so many files, and that has TLS and a policy if they are in the folder.
    async fn start(files: usize, folder: Option<&Path>) -> Server {
        let mut command = Command::new("sh");
        let test = ignored_test("exhaustion::inner_server");
        command
            .args(["-c", &format!("ulimit -n {files}; exec \"$0\" \"$@\"")])
            .arg(test.get_program())
            .args(test.get_args());
        command.envs(folder.map(|folder| ("OPS_TESTS_FOLDER", folder)));
        let mut program = Program::start(command);
        let address = program.hear("listening").await.parse().unwrap();
        Server { program, address }
    }

    fn usage(&self) -> Usage {
        /// How long a tick of the processor's time is, on every Linux.
        const TICK: Duration = Duration::from_millis(10);
        let process = format!("/proc/{}", self.program.child.id().unwrap());
        let read = |name: &str| std::fs::read_to_string(format!("{process}/{name}")).unwrap();
        let stat = read("stat");
        // What is before it is the name of the program.
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().collect();
        let ticks: u32 = [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<u32>().unwrap()).sum();
        let status = read("status");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        Usage {
            descriptors: std::fs::read_dir(format!("{process}/fd")).unwrap().count(),
            resident_kib: resident.trim().trim_end_matches(" kB").parse().unwrap(),
            processor: TICK * ticks,
        }
    }

    async fn answers_within_two_seconds(&self) {
        let probed = tokio::time::timeout(Duration::from_secs(2), get(self.address, "/livez", &[])).await;
        assert_eq!(probed.expect("an answer within two seconds").status, 200);
    }

    /// Fails if it takes a twentieth of a processor, or more, while it has nothing to do.
    async fn rests(&self) {
        const WINDOW: Duration = Duration::from_secs(2);
        let before = self.usage().processor;
        tokio::time::sleep(WINDOW).await;
        let taken = self.usage().processor - before;
        assert!(taken < WINDOW / 20, "{taken:?} of {WINDOW:?}");
    }

    /// Fails if it has more descriptors, two seconds from now, than it had.
    async fn has_given_back(&self, before: Usage) {
        let started = Instant::now();
        while self.usage().descriptors > before.descriptors {
            assert!(started.elapsed() < Duration::from_secs(2), "{before:?}, then {:?}", self.usage());
            tokio::task::yield_now().await;
        }
    }

    /// Fails if it has a tenth more memory than `before`, when it had once done all that it has done since.
    fn has_grown_by_nothing(&self, before: Usage) {
        let after = self.usage();
        assert!(after.resident_kib <= before.resident_kib + before.resident_kib / 10, "{before:?}, then {after:?}");
    }
}

fn builder() -> ops::ApiBuilder {
    // So that nothing is closed but for want of room.
    // Often enough for a test to see, and seldom enough to be no load of its own.
    let limits = Limits::default()
        .request_head_timeout(Duration::from_secs(600))
        .policy_reload_interval(Duration::from_millis(20));
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).limits(limits)
}

/// The server. Told to `fill`, it opens files until it may open no more, and told to `free`, it closes them.
#[tokio::test]
#[ignore = "run by other tests, with their limits"]
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

// ---- the limit of connections -------------------------------------------------------------------------

/// Holds so many connections, more than there are places, again and again: what the first ones take, the allocator keeps.
async fn held(connections: usize) {
    let server = Server::start(20_000, None).await;
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    let (before, mut warm) = (server.usage(), server.usage());
    // The allocator has grown to its full size after the first turns, beside other processes later than alone.
    for turn in 0..9 {
        let mut held = hold(server.address, connections, 100).await;
        assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
        let open = open(&mut held).await;
        assert!((500..=1040).contains(&open), "{open} are open");
        if turn == 0 {
            server.rests().await;
        }
        held.end().await;
        let asked = Instant::now();
        assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        server.has_given_back(before).await;
        if turn == 5 {
            warm = server.usage();
        }
    }
    server.has_grown_by_nothing(warm);
    server.program.end().await;
}

#[tokio::test]
async fn a_server_without_room_rests_and_gives_back_what_it_took() {
    held(2_000).await;
}

#[tokio::test]
#[ignore = "ten thousand connections: `cargo test --release -p ops-tests --test processes -- --ignored ten_thousand`"]
async fn ten_thousand_connections_leave_a_server_that_rests() {
    held(10_000).await;
}

// ---- the limit of descriptors -------------------------------------------------------------------------

#[tokio::test]
async fn a_process_that_has_leaked_all_its_file_descriptors_answers_probes_and_rests() {
    let mut server = Server::start(128, None).await;
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    let before = server.usage();
    let files: usize = server.program.tell("fill", "files").await.parse().unwrap();
    assert!((50..128).contains(&files), "{files}");
    // Of the descriptors that the server keeps for itself, one is enough for each of them in turn.
    for _ in 0..20 {
        server.answers_within_two_seconds().await;
    }
    let mut held = hold(server.address, 50, 20).await;
    server.answers_within_two_seconds().await;
    server.rests().await;
    assert_eq!(server.program.tell("free", "files").await, "0");
    server.answers_within_two_seconds().await;
    assert!(open(&mut held).await < 128);
    held.end().await;
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    server.has_given_back(before).await;
    server.program.end().await;
}

#[tokio::test]
async fn a_policy_file_that_cannot_be_opened_for_want_of_descriptors_counts_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let token = Token::generate().unwrap();
    let text = format!("[users.alice]\nroles = [\"viewer\"]\ntokens = [{{ sha256 = \"{}\" }}]\n", token.digest());
    std::fs::write(folder.path().join("policy.toml"), text).unwrap();
    let mut server = Server::start(128, Some(folder.path())).await;
    let bearer = format!("Authorization: Bearer {}", token.reveal());
    // Who has been answered knows that the server waits for the next one: the descriptor it keeps back is its own.
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    server.program.tell("fill", "files").await;
    let failure = async || {
        let info = get(server.address, "/info", &[&bearer]).await;
        assert_eq!(info.status, 200, "{}", info.body);
        info.json()["policy"]["failure"].to_string()
    };
    let started = Instant::now();
    while !failure().await.contains("os error 24") {
        assert!(started.elapsed() < Duration::from_secs(2), "it is looked at");
    }
    for _ in 0..20 {
        failure().await;
    }
    server.program.tell("free", "files").await;
    let started = Instant::now();
    while failure().await != "null" {
        assert!(started.elapsed() < Duration::from_secs(2), "it is read again");
    }
    server.program.end().await;
}

/// Holds so many connections to a server that may open 128 files.
async fn scarce(connections: usize) {
    let server = Server::start(128, None).await;
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    let before = server.usage();
    let mut held = hold(server.address, connections, 20).await;
    server.answers_within_two_seconds().await;
    let open = open(&mut held).await;
    assert!((50..128).contains(&open), "who is idle has made room for who was new: {open}");
    server.rests().await;
    held.end().await;
    assert_eq!(get(server.address, "/livez", &[]).await.status, 200);
    server.has_given_back(before).await;
    server.program.end().await;
}

#[tokio::test]
async fn a_process_without_file_descriptors_goes_on_as_soon_as_who_is_idle_has_left() {
    scarce(1_000).await;
}

#[tokio::test]
#[ignore = "ten thousand connections: `cargo test --release -p ops-tests --test processes -- --ignored ten_thousand`"]
async fn ten_thousand_connections_to_a_process_of_few_descriptors() {
    scarce(10_000).await;
}

// ---- handshakes that are given up ---------------------------------------------------------------------

/// Begins so many handshakes and gives them up, each in one of five ways.
async fn given_up(handshakes: usize) {
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
    assert_eq!(ask().await, 200, "more than there are places, and none of them is taken");
    server.has_given_back(before).await;
    server.has_grown_by_nothing(warm);
    server.program.end().await;
}

#[tokio::test]
async fn handshakes_that_are_given_up_leave_nothing_behind() {
    given_up(1_000).await;
}

#[tokio::test]
#[ignore = "ten thousand handshakes: `cargo test --release -p ops-tests --test processes -- --ignored ten_thousand`"]
async fn ten_thousand_handshakes_that_are_given_up_leave_nothing_behind() {
    given_up(10_000).await;
}
