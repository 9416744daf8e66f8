//! Real servers and parsers, on free ports of this machine and for as long as a test holds them.

use crate::{exchange, parse};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{interval, timeout};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server; killed when it is dropped.
#[derive(Debug)]
pub struct RealServer {
    _child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl RealServer {
    /// A Prometheus that keeps native histograms and exemplars and scrapes `targets` every second, each as a job of this
    /// name.
    pub async fn prometheus(targets: &[(&str, SocketAddr)]) -> RealServer {
        let (address, folder) = place("prometheus");
        let job = |(name, address): &(&str, SocketAddr)| json!({ "job_name": name, "static_configs": [{ "targets": [address.to_string()] }] });
        let configuration = json!({
            "global": { "scrape_interval": "1s", "scrape_timeout": "1s" },
            "scrape_configs": targets.iter().map(job).collect::<Vec<_>>(),
        });
        // YAML reads JSON.
        std::fs::write(folder.join("prometheus.yml"), configuration.to_string()).expect("a folder to write to");
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .args(["--enable-feature=native-histograms,exemplar-storage", "--log.level=error"]);
        let child = start(command, "prometheus");
        RealServer { _child: child, address, folder }.ready().await
    }

    /// A Pushgateway.
    pub async fn pushgateway() -> RealServer {
        let (address, folder) = place("pushgateway");
        let mut command = Command::new("prometheus-pushgateway");
        command.arg(format!("--web.listen-address={address}")).arg("--log.level=error");
        let child = start(command, "prometheus-pushgateway");
        RealServer { _child: child, address, folder }.ready().await
    }

    /// A Redis, at `address`.
    pub async fn redis(address: SocketAddr) -> RealServer {
        let folder = temporary().join(format!("redis-{}", address.port()));
        std::fs::create_dir_all(&folder).expect("a folder of the tests");
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning", "--port"]);
        command.arg(address.port().to_string()).arg("--dir").arg(&folder).stdout(Stdio::null());
        let child = start(command, "redis-server");
        RealServer { _child: child, address, folder }.ready().await
    }

    /// A MariaDB server without accounts, at `address`.
    pub async fn mariadb(address: SocketAddr) -> RealServer {
        let folder = temporary().join(format!("mariadb-{}", address.port()));
        std::fs::create_dir_all(&folder).expect("a folder of the tests");
        let mut command = Command::new("mariadbd");
        command.arg("--no-defaults").arg(format!("--datadir={}", folder.display()));
        command.args(["--skip-grant-tables", "--skip-log-bin", "--socket=mariadb.sock", "--bind-address=127.0.0.1"]);
        command.arg(format!("--port={}", address.port())).stderr(Stdio::null());
        if is_root() {
            command.arg("--user=root");
        }
        let child = start(command, "mariadb-server-core");
        RealServer { _child: child, address, folder }.ready().await
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    async fn ready(self) -> RealServer {
        let poll = async {
            let mut tick = interval(Duration::from_millis(50));
            while TcpStream::connect(self.address).await.is_err() {
                tick.tick().await;
            }
        };
        timeout(PATIENCE, poll).await.expect("a server that listens");
        self
    }

    /// What its API answers; null while it is starting. Asked in HTTP/1.0, where no answer is chunked.
    pub async fn ask(&self, path: &str) -> Value {
        let answer = exchange(self.address, &format!("GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address)).await;
        serde_json::from_str(&parse(&answer).body).unwrap_or_default()
    }

    /// What `seen` makes of its answer, once that is `expected`.
    ///
    /// # Panics
    /// If it never is.
    pub async fn wait_for<T: PartialEq + std::fmt::Debug>(&self, path: &str, expected: T, seen: impl Fn(&Value) -> T) {
        let mut last = Value::Null;
        let poll = async {
            let mut tick = interval(Duration::from_millis(100));
            loop {
                tick.tick().await;
                last = self.ask(path).await;
                if seen(&last) == expected {
                    return;
                }
            }
        };
        if timeout(PATIENCE, poll).await.is_err() {
            panic!("`{path}` never was {expected:?} but {:?}; last: {last}", seen(&last));
        }
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        // What it was writing just now may be left; it is in the target folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The path at which Prometheus answers the query `expression`.
pub fn query(expression: &str) -> String {
    let escaped: String = expression.bytes().map(|byte| format!("%{byte:02x}")).collect();
    format!("/api/v1/query?query={escaped}")
}

/// What `promtool check metrics` says of an exposition: its exit code, and its words.
///
/// # Panics
/// If it cannot be had.
pub async fn promtool_says(metrics: &str) -> (Option<i32>, String) {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut promtool = spawn(command, "prometheus");
    let mut stdin = promtool.stdin.take().expect("a pipe");
    let write = async {
        let _ = stdin.write_all(metrics.as_bytes()).await;
        drop(stdin);
    };
    let ((), output) = tokio::join!(write, promtool.wait_with_output());
    let output = output.expect("an end of promtool");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// A PostgreSQL cluster, which is not the superuser's to run: it runs as `postgres` where the tests run as root.
#[derive(Debug)]
pub struct Postgres {
    address: SocketAddr,
    folder: PathBuf,
}

impl Postgres {
    /// An empty cluster that does not run yet.
    ///
    /// # Panics
    /// If it cannot be made.
    pub async fn new() -> Postgres {
        // Where the user `postgres` may go, too: root's own folder for temporary files may be closed to others.
        let temporary = if is_root() { PathBuf::from("/var/tmp") } else { std::env::temp_dir() };
        let folder = temporary.join(format!("ops-postgres-{}", std::process::id()));
        let postgres = Postgres { address: free_address(), folder };
        postgres.run("initdb", &["--auth=trust", "--username=postgres", "--no-sync"]).await;
        postgres
    }

    /// Where a client reaches it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address)
    }

    /// Starts it, and waits until it accepts connections.
    ///
    /// # Panics
    /// If it does not.
    pub async fn start(&self) {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories= -c fsync=off",
            self.address.port()
        );
        let log = self.folder.join("log").display().to_string();
        self.run("pg_ctl", &["start", "--wait", "--silent", "--log", &log, "--options", &options]).await;
    }

    /// Stops it, with the connections that there are.
    ///
    /// # Panics
    /// If it does not stop.
    pub async fn stop(&self) {
        self.run("pg_ctl", &["stop", "--wait", "--silent", "--mode=immediate"]).await;
    }

    async fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = self.command(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let status = timeout(PATIENCE, command.status()).await.expect("it ends").expect("it starts");
        assert!(status.success(), "{program} needs postgresql-15: install it with `apt-get install postgresql-15`");
    }

    fn command(&self, program: &str) -> Command {
        let program = Path::new("/usr/lib/postgresql/15/bin").join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.arg("-D").arg(&self.folder).current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.command("pg_ctl").into_std();
        let _ = stop.args(["stop", "--silent", "--mode=immediate"]).stderr(Stdio::null()).status();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Whether this runs as root, as which PostgreSQL does not run.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|this| std::os::unix::fs::MetadataExt::uid(&this) == 0)
}

/// An address that was free a moment ago, for servers that take no port 0.
///
/// # Panics
/// If there is none.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port")
}

/// Writes a certificate that is valid for `days` from now on to `path`.
///
/// # Panics
/// If OpenSSL does not.
pub async fn write_certificate(path: &Path, days: u32) {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
    openssl.args(["-subj", "/CN=ops", "-keyout", "/dev/null", "-days", &days.to_string(), "-out"]).arg(path);
    let status = openssl.stdin(Stdio::null()).stderr(Stdio::null()).status().await;
    assert!(status.is_ok_and(|status| status.success()), "these tests need openssl: `apt-get install openssl`");
}

/// An address that was free a moment ago, as these servers take no port 0, and a folder.
fn place(name: &str) -> (SocketAddr, PathBuf) {
    let address = free_address();
    let folder = temporary().join(format!("{name}-{}", address.port()));
    std::fs::create_dir_all(&folder).expect("a folder of the tests");
    (address, folder)
}

/// The folder of Cargo for what tests write.
///
/// # Panics
/// If the tests are not where Cargo puts them.
pub fn temporary() -> PathBuf {
    let program = std::env::current_exe().expect("a program");
    let target = program.ancestors().nth(3).expect("a target folder");
    target.join("tmp")
}

fn start(mut command: Command, package: &str) -> Child {
    command.stdin(Stdio::null());
    spawn(command, package)
}

fn spawn(mut command: Command, package: &str) -> Child {
    command.kill_on_drop(true);
    command.spawn().unwrap_or_else(|error| match error.kind() {
        ErrorKind::NotFound => panic!("these tests need {package}: install it with `apt-get install {package}`"),
        _ => panic!("{command:?}: {error}"),
    })
}

/// Passes each request on to `server` with `accept` in place of its `Accept`, and the answer back.
///
/// # Panics
/// If there is no free port.
pub async fn asking_for(accept: &'static str, server: SocketAddr) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass_on(client, accept, server));
        }
    });
    address
}

async fn pass_on(mut client: TcpStream, accept: &str, server: SocketAddr) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let is_kept = |line: &&str| {
        let line = line.to_ascii_lowercase();
        !line.is_empty() && !["accept:", "connection:", "host:"].iter().any(|name| line.starts_with(name))
    };
    let mut request: Vec<_> = head.split("\r\n").filter(is_kept).map(str::to_owned).collect();
    request.extend([format!("Host: {server}"), "Connection: close".to_owned(), format!("Accept: {accept}")]);
    let mut upstream = TcpStream::connect(server).await?;
    upstream.write_all(format!("{}\r\n\r\n", request.join("\r\n")).as_bytes()).await?;
    tokio::io::copy(&mut upstream, &mut client).await.map(drop)
}

/// What Python's `prometheus_client` finds in an exposition: `[name, type, unit, help, [[name, labels, value, exemplar], ..]]`
/// for each family.
///
/// # Panics
/// If it refuses the text, or cannot be had.
pub async fn parsed_by_python(format: &str, exposition: &[u8]) -> Value {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(python().await);
    command.arg(tests.join("python/parse.py")).arg(format).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("Python");
    let mut stdin = child.stdin.take().expect("a pipe");
    let write = async {
        let _ = stdin.write_all(exposition).await;
        drop(stdin);
    };
    let ((), output) = tokio::join!(write, child.wait_with_output());
    let output = output.expect("an end of Python");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\nin\n{}", String::from_utf8_lossy(exposition));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A Python that has what tests/requirements.txt lists, in a virtual environment that is made once.
async fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    static MAKING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _making = MAKING.lock().await;
    if let Some(python) = PYTHON.get() {
        return python;
    }
    let folder = temporary().join("python");
    let python = folder.join("bin/python");
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("requirements.txt");
    let run = async |mut command: Command, help: &str| {
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
        let said = match &output {
            Ok(output) if output.status.success() => return,
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        panic!("{help}: {said}");
    };
    if !python.exists() {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(&folder);
        run(venv, "these tests need Python: install it with `apt-get install python3-venv`").await;
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&requirements);
    run(pip, "these tests need the packages of tests/requirements.txt, which pip could not install").await;
    PYTHON.get_or_init(|| python)
}
