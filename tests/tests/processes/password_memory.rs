//! Passwords do not remain in the memory of the server, and lack of memory is not a failed login.

#![cfg(target_os = "linux")]

use ops::rbac::{Cost, Policy, Token, hash_password};
use ops::{Api, Health, Metrics};
use ops_tests::log::NullSink;
use ops_tests::program::ignored_test;
use ops_tests::{Response, basic, get};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Lines};
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A server process that knows only the hash of a password.
struct Server {
    program: Child,
    address: SocketAddr,
    /// Open until the process has exited: libtest reports an error if it cannot print its summary.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts a server in which verifying a password takes `memory_kib` of memory.
    fn start(password: &str, memory_kib: u32) -> Server {
        let mut program = ignored_test("password_memory::inner_server");
        let hash = hash_password(password, Cost::new(memory_kib, 1, 1).unwrap()).unwrap();
        program.env("OPS_TEST_HASH", hash).env("OPS_TEST_MEMORY", memory_kib.to_string());
        // Otherwise glibc reserves address space for an arena per thread.
        program.env("MALLOC_ARENA_MAX", "1");
        let mut program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
        let address = |line: io::Result<String>| Some(line.unwrap().split_once("listening ")?.1.parse().unwrap());
        let address = lines.find_map(address).unwrap();
        Server { program, address, _output: lines }
    }

    /// Returns the size of the address space in KiB.
    fn address_space_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Sets the limit of the address space: a number of bytes or `unlimited`.
    fn limit_address_space(&self, limit: &str) {
        let mut prlimit = Command::new("prlimit");
        prlimit.args(["--pid", &self.program.id().to_string(), &format!("--as={limit}:unlimited")]);
        assert!(prlimit.status().expect("prlimit, of util-linux").success());
    }

    /// Returns the number of occurrences of `text` in its memory.
    fn holds(&self, text: &str) -> usize {
        let process = format!("/proc/{}", self.program.id());
        let memory = File::open(format!("{process}/mem")).unwrap();
        let maps = fs::read_to_string(format!("{process}/maps")).unwrap();
        let mut count = 0;
        for map in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw"))) {
            let (start, end) = map.split(' ').next().unwrap().split_once('-').unwrap();
            let [start, end] = [start, end].map(|digits| u64::from_str_radix(digits, 16).unwrap());
            let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
            // Mappings may have disappeared since, or contain pages that were never touched.
            if memory.read_exact_at(&mut bytes, start).is_ok() {
                count += occurrences(&bytes, text.as_bytes());
            }
        }
        count
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.program.stdin.take());
        let _ = self.program.wait();
    }
}

fn occurrences(bytes: &[u8], text: &[u8]) -> usize {
    bytes.windows(text.len()).filter(|window| *window == text).count()
}

#[tokio::test]
#[ignore = "run by other tests in a child process"]
async fn inner_server() {
    let [hash, memory_kib] = ["OPS_TEST_HASH", "OPS_TEST_MEMORY"].map(|name| std::env::var(name).unwrap());
    let policy = Policy::with_cost(Cost::new(memory_kib.parse().unwrap(), 1, 1).unwrap()).with_standard_roles();
    policy.add_user("alice", &["viewer"]);
    policy.set_password_hash("alice", &hash).unwrap();
    let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new()));
    let api = api.policy(policy).audit_sink(NullSink).build().unwrap();
    println!("listening {}", api.bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap());
    let ended = tokio::task::spawn_blocking(|| io::stdin().read_line(&mut String::new()));
    assert_eq!(ended.await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn login_without_enough_memory_is_unavailable_and_not_counted_as_failed() {
    /// More than the allocator has cached.
    const MEMORY_KIB: u32 = 256 * 1024;
    let server = Server::start("s3cr3t", MEMORY_KIB);
    let ask = async |password: &str| get(server.address, "/info", &[&basic(&format!("alice:{password}"))]).await;
    assert_eq!(get(server.address, "/healthz", &[]).await.status, 200);
    // Enough for threads and buffers, but not for verifying a password.
    let limit = (server.address_space_kib() + u64::from(MEMORY_KIB) - 16 * 1024) * 1024;
    server.limit_address_space(&limit.to_string());
    for password in ["s3cr3t", "wrong"].into_iter().cycle().take(12) {
        let response: Response = ask(password).await;
        assert_eq!((response.status, response.header("retry-after")), (503, Some("1")), "{response:?}");
        assert_eq!(response.json()["detail"], "cannot verify the password: out of memory; retry after 1 s");
    }
    assert_eq!(get(server.address, "/healthz", &[]).await.status, 200);
    server.limit_address_space("unlimited");
    assert_eq!(ask("wrong").await.status, 401, "not 429: logins that were not attempted are not counted");
    assert_eq!(ask("s3cr3t").await.status, 200);
    // A thread may retain the memory of its last verification, so allow only what a response needs in addition.
    let limit = (server.address_space_kib() + 16 * 1024) * 1024;
    server.limit_address_space(&limit.to_string());
    assert_eq!(ask("s3cr3t").await.status, 200, "the login is cached");
}

#[tokio::test]
async fn no_password_remains_in_memory() {
    // Generated, so that it is not part of the executable, which the server shares.
    let password = Token::generate().unwrap().reveal().to_owned();
    let server = Server::start(&password, 7 * 1024);
    let right = basic(&format!("alice:{password}"));
    let headers =
        [right.clone(), basic(&format!("ghost:{password}")), basic(&format!("alice:{password}!")), format!("{right}!")];
    let mut statuses = Vec::new();
    for header in &headers {
        statuses.push(get(server.address, "/info", &[header]).await.status);
    }
    assert_eq!(statuses, [200, 401, 401, 401]);
    let started = Instant::now();
    while server.holds(&password) > 0 && started.elapsed() < Duration::from_secs(10) {}
    let header = right.rsplit(' ').next().unwrap();
    println!("the header, in Base64: {} times", server.holds(&header[..header.len() - 4]));
    assert_eq!(server.holds(&password), 0);
    assert!(server.holds("listening") + server.holds("alice") > 0, "the search must find known text");
}
