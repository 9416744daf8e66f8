//! Third-party servers and parsers that the tests run `ops` against, such as Prometheus and PostgreSQL.
//!
//! Servers run on free loopback ports and stop when the test drops them.

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

/// Time limit of each step.
const STEP_TIMEOUT: Duration = Duration::from_secs(60);

/// A running third-party server. Dropping it kills the process.
#[derive(Debug)]
pub struct RealServer {
    _child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl RealServer {
    /// Starts Prometheus with native histograms and exemplars enabled.
    ///
    /// It scrapes each target, a pair of job name and address, every second.
    pub async fn prometheus(targets: &[(&str, SocketAddr)]) -> RealServer {
        let (address, folder) = allocate("prometheus");
        let job = |(name, address): &(&str, SocketAddr)| json!({ "job_name": name, "static_configs": [{ "targets": [address.to_string()] }] });
        let configuration = json!({
            "global": { "scrape_interval": "1s", "scrape_timeout": "1s" },
            "scrape_configs": targets.iter().map(job).collect::<Vec<_>>(),
        });
        // JSON is valid YAML.
        std::fs::write(folder.join("prometheus.yml"), configuration.to_string())
            .expect("the configuration file must be writable");
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .args(["--enable-feature=native-histograms,exemplar-storage", "--log.level=error"]);
        let child = start(command, "prometheus");
        RealServer { _child: child, address, folder }.ready().await
    }

    /// Starts a Pushgateway.
    pub async fn pushgateway() -> RealServer {
        let (address, folder) = allocate("pushgateway");
        let mut command = Command::new("prometheus-pushgateway");
        command.arg(format!("--web.listen-address={address}")).arg("--log.level=error");
        let child = start(command, "prometheus-pushgateway");
        RealServer { _child: child, address, folder }.ready().await
    }

    /// Starts Redis at `address`.
    pub async fn redis(address: SocketAddr) -> RealServer {
        let folder = temporary().join(format!("redis-{}", address.port()));
        std::fs::create_dir_all(&folder).expect("the folder must be creatable");
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning", "--port"]);
        command.arg(address.port().to_string()).arg("--dir").arg(&folder).stdout(Stdio::null());
        let child = start(command, "redis-server");
        RealServer { _child: child, address, folder }.ready().await
    }

    /// Starts MariaDB at `address`, with authentication disabled.
    pub async fn mariadb(address: SocketAddr) -> RealServer {
        let folder = temporary().join(format!("mariadb-{}", address.port()));
        std::fs::create_dir_all(&folder).expect("the folder must be creatable");
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

    /// Returns the address of the server.
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
        timeout(STEP_TIMEOUT, poll).await.expect("the server must accept connections in time");
        self
    }

    /// Sends `GET path` and returns the JSON response, or `null` while the server is starting.
    ///
    /// Uses HTTP/1.0, which has no chunked responses.
    pub async fn get_json(&self, path: &str) -> Value {
        let response = exchange(self.address, &format!("GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address)).await;
        serde_json::from_str(&parse(&response).body).unwrap_or_default()
    }

    /// Polls `path` until `seen` maps the response to `expected`.
    ///
    /// # Panics
    /// Panics if that takes too long.
    pub async fn wait_for<T: PartialEq + std::fmt::Debug>(&self, path: &str, expected: T, seen: impl Fn(&Value) -> T) {
        let mut last = Value::Null;
        let poll = async {
            let mut tick = interval(Duration::from_millis(100));
            loop {
                tick.tick().await;
                last = self.get_json(path).await;
                if seen(&last) == expected {
                    return;
                }
            }
        };
        if timeout(STEP_TIMEOUT, poll).await.is_err() {
            panic!("`{path}` must become {expected:?} but is {:?}; last response: {last}", seen(&last));
        }
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        // The process may still write to the folder. A leftover is harmless: it is in the target folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Returns the path of an instant query for `expression` in the Prometheus HTTP API.
pub fn query(expression: &str) -> String {
    let escaped: String = expression.bytes().map(|byte| format!("%{byte:02x}")).collect();
    format!("/api/v1/query?query={escaped}")
}

/// Runs `promtool check metrics` on an exposition and returns the exit code and output.
///
/// # Panics
/// Panics if `promtool` cannot be run.
pub async fn promtool_check(metrics: &str) -> (Option<i32>, String) {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut promtool = spawn(command, "prometheus");
    let mut stdin = promtool.stdin.take().expect("standard input must be piped");
    let write = async {
        let _ = stdin.write_all(metrics.as_bytes()).await;
        drop(stdin);
    };
    let ((), output) = tokio::join!(write, promtool.wait_with_output());
    let output = output.expect("waiting for promtool must succeed");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// A PostgreSQL cluster.
///
/// PostgreSQL refuses to run as root; if the tests do, the cluster runs as the user `postgres`.
#[derive(Debug)]
pub struct Postgres {
    address: SocketAddr,
    folder: PathBuf,
}

impl Postgres {
    /// Creates an empty cluster without starting it.
    ///
    /// # Panics
    /// Panics if `initdb` fails.
    pub async fn new() -> Postgres {
        // The user `postgres` may lack access to the temporary folder of root.
        let temporary = if is_root() { PathBuf::from("/var/tmp") } else { std::env::temp_dir() };
        let folder = temporary.join(format!("ops-postgres-{}", std::process::id()));
        let postgres = Postgres { address: free_address(), folder };
        postgres.run("initdb", &["--auth=trust", "--username=postgres", "--no-sync"]).await;
        postgres
    }

    /// Returns the connection URL.
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address)
    }

    /// Starts the cluster and waits until it accepts connections.
    ///
    /// # Panics
    /// Panics if the cluster does not start.
    pub async fn start(&self) {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories= -c fsync=off",
            self.address.port()
        );
        let log = self.folder.join("log").display().to_string();
        self.run("pg_ctl", &["start", "--wait", "--silent", "--log", &log, "--options", &options]).await;
    }

    /// Stops the cluster and terminates open connections.
    ///
    /// # Panics
    /// Panics if the cluster does not stop.
    pub async fn stop(&self) {
        self.run("pg_ctl", &["stop", "--wait", "--silent", "--mode=immediate"]).await;
    }

    async fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = self.command(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let status = timeout(STEP_TIMEOUT, command.status()).await;
        let status = status.expect("the command must exit in time").expect("the command must start");
        assert!(status.success(), "{program} failed: {status}; install it with `apt-get install postgresql-15`");
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

/// Returns `true` if the tests run as root.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|this| std::os::unix::fs::MetadataExt::uid(&this) == 0)
}

/// Returns a recently free loopback address, for servers that do not support port 0.
///
/// # Panics
/// Panics if no port is free.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port must be free")
}

/// Writes a self-signed certificate that is valid for `days` from now to `path`, with `openssl`.
///
/// # Panics
/// Panics if `openssl` fails.
pub async fn write_certificate(path: &Path, days: u32) {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
    openssl.args(["-subj", "/CN=ops", "-keyout", "/dev/null", "-days", &days.to_string(), "-out"]).arg(path);
    let status = openssl.stdin(Stdio::null()).stderr(Stdio::null()).status().await;
    assert!(status.is_ok_and(|status| status.success()), "openssl failed; install it with `apt-get install openssl`");
}

/// Returns a [free address](free_address) and a new folder for the server `name`.
fn allocate(name: &str) -> (SocketAddr, PathBuf) {
    let address = free_address();
    let folder = temporary().join(format!("{name}-{}", address.port()));
    std::fs::create_dir_all(&folder).expect("the folder must be creatable");
    (address, folder)
}

/// Returns the folder for temporary files in the target folder of Cargo.
///
/// # Panics
/// Panics if the test binary is not in a target folder.
pub fn temporary() -> PathBuf {
    let program = std::env::current_exe().expect("the path of this test binary must be known");
    let target = program.ancestors().nth(3).expect("the test binary must be in a target folder");
    target.join("tmp")
}

fn start(mut command: Command, package: &str) -> Child {
    command.stdin(Stdio::null());
    spawn(command, package)
}

fn spawn(mut command: Command, package: &str) -> Child {
    command.kill_on_drop(true);
    command.spawn().unwrap_or_else(|error| match error.kind() {
        ErrorKind::NotFound => panic!("{package} is not installed; install it with `apt-get install {package}`"),
        _ => panic!("{command:?}: {error}"),
    })
}

/// Starts a reverse proxy to `server` that replaces the `Accept` header of each request with `accept`.
///
/// # Panics
/// Panics if no port is free.
pub async fn proxy_with_accept(accept: &'static str, server: SocketAddr) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port must be free");
    let address = listener.local_addr().expect("the listener must have an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(forward(client, accept, server));
        }
    });
    address
}

async fn forward(mut client: TcpStream, accept: &str, server: SocketAddr) -> std::io::Result<()> {
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

/// Parses an exposition with `prometheus_client` for Python.
///
/// Returns a JSON array with `[name, type, unit, help, [[name, labels, value, exemplar], ..]]` for each family.
///
/// # Panics
/// Panics if the parser rejects the exposition, or cannot be installed or run.
pub async fn parse_with_python(format: &str, exposition: &[u8]) -> Value {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(python().await);
    command.arg(tests.join("python/parse.py")).arg(format).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("Python must start");
    let mut stdin = child.stdin.take().expect("standard input must be piped");
    let write = async {
        let _ = stdin.write_all(exposition).await;
        drop(stdin);
    };
    let ((), output) = tokio::join!(write, child.wait_with_output());
    let output = output.expect("waiting for Python must succeed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}\nin\n{}", String::from_utf8_lossy(exposition));
    serde_json::from_slice(&output.stdout).expect("the output of parse.py must be JSON")
}

/// Returns the interpreter of a virtual environment with the packages of tests/requirements.txt.
///
/// The environment is created once, in the target folder.
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
        let reason = match &output {
            Ok(output) if output.status.success() => return,
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        panic!("{help}: {reason}");
    };
    if !python.exists() {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(&folder);
        run(venv, "cannot create a virtual environment; install `venv` with `apt-get install python3-venv`").await;
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&requirements);
    run(pip, "pip cannot install the packages of tests/requirements.txt").await;
    PYTHON.get_or_init(|| python)
}
