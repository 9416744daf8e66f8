//! Connections over TLS, Unix sockets and plain TCP.

use ops::rbac::{CertificateName, Cost, Policy};
use ops::{Address, Api, Health, Metrics, Running, Tls};
use ops_tests::certificates::Authority;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

/// Exit code, standard output and standard error.
type CommandOutput = (i32, String, String);

/// A service with a policy for `alice`, and a directory with certificates.
struct Service {
    folder: TempDir,
    running: Running,
}

impl Service {
    /// Starts the service at the address that `address` returns for the directory.
    async fn at(address: impl FnOnce(&TempDir) -> Address, is_secure: bool) -> Service {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let authority = Authority::new();
        std::fs::write(path("ca.crt"), authority.certificate()).expect("a file");
        std::fs::write(path("other.crt"), Authority::new().certificate()).expect("a file");
        authority.issue("server", &["dns:ops.example"], 4096).write(folder.path(), "server");
        authority.issue("old", &["dns:ops.example"], 2020).write(folder.path(), "old");
        authority.itself().write(folder.path(), "itself");
        let [alice, key] = authority.issue("alice", &["dns:alice"], 4096).write(folder.path(), "alice");
        let both = [alice, key].map(|path| std::fs::read_to_string(path).expect("a file")).concat();
        std::fs::write(path("alice.pem"), both).expect("a file");
        let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
        policy.add_user("alice", &["viewer"]);
        policy.add_certificate("alice", CertificateName::subject("CN=alice").expect("a name")).expect("a user");
        let mut api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).policy(policy);
        if is_secure {
            api = api.tls(Tls::new(path("server.crt"), path("server.key")).accept_client_certificates(path("ca.crt")));
        }
        let server = api.build().expect("an api").bind(address(&folder)).await.expect("an address");
        Service { running: server.spawn(), folder }
    }

    async fn with_tls() -> Service {
        Service::at(|_folder| Address::from(0), true).await
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.running.local_addr().expect("a TCP address").port())
    }

    /// Runs `opsctl` in the directory.
    async fn opsctl(&self, arguments: &[&str]) -> CommandOutput {
        let mut command = Command::new(env!("CARGO_BIN_EXE_opsctl"));
        command.args(arguments).env_clear().current_dir(self.folder.path());
        let output =
            tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("the program");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (output.status.code().expect("no signal"), text(output.stdout), text(output.stderr))
    }
}

const ALICE: &str =
    r#"{"user":"alice","authentication":"certificate","roles":["viewer"],"permissions":["admin:read"]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn client_certificate_authenticates_over_tls() {
    let service = Service::with_tls().await;
    let (probe, whoami) = (service.url("/readyz"), service.url("/admin/whoami"));
    let trust = ["--cacert", "ca.crt", "--server-name", "ops.example"];
    let probed = service.opsctl(&[&["probe", &probe][..], &trust].concat()).await;
    assert_eq!(probed, (0, String::new(), String::new()));
    for options in [&["--cert", "alice.crt", "--key", "alice.key"][..], &["--cert", "alice.pem"]] {
        let got = service.opsctl(&[&["get", &whoami][..], &trust, options].concat()).await;
        assert_eq!(got, (0, ALICE.to_owned(), String::new()), "{options:?}");
    }
    let (code, _, error) = service.opsctl(&[&["get", &whoami][..], &trust].concat()).await;
    assert!(code == 1 && error.starts_with(&format!("opsctl: {whoami} returned 401: {{")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_no_request_to_a_server_that_cannot_be_verified() {
    let service = Service::with_tls().await;
    let url = service.url("/readyz");
    let unknown = "untrusted certificate: its issuer is unknown; name the authority with `--cacert`";
    for (arguments, message) in [
        (&["--cacert", "other.crt", "--server-name", "ops.example"][..], unknown.to_owned()),
        (
            &["--cacert", "ca.crt"],
            "invalid certificate: not valid for `127.0.0.1`; set its name with `--server-name`".to_owned(),
        ),
        (&["--cacert", "missing"], "cannot read `missing`: No such file or directory (os error 2)".to_owned()),
        (&["--cacert", "alice.key"], "cannot use `alice.key`: no certificate found; write one in PEM".to_owned()),
        (
            &["--cacert", "ca.crt", "--cert", "alice.crt"],
            "cannot use `alice.crt`: no private key found; write one in PEM, without a passphrase".to_owned(),
        ),
        (
            &["--cacert", "ca.crt", "--server-name", "a b"],
            "invalid server name `a b`; use a DNS name or an IP address".to_owned(),
        ),
    ] {
        let ended = service.opsctl(&[&["probe", &url][..], arguments].concat()).await;
        assert_eq!(ended, (1, String::new(), format!("opsctl: {url}: {message}\n")), "{arguments:?}");
    }
    let plain = url.replace("https", "http");
    let (code, _, error) = service.opsctl(&["probe", &plain]).await;
    assert_eq!((code, error), (1, format!("opsctl: {plain} returned 400\n")));
    let (code, _, error) = service.opsctl(&["probe", &plain, "--cacert", "ca.crt"]).await;
    let message =
        "TLS options need an `https://` URL; use `https://`, or remove `--cacert`, `--cert` and `--server-name`";
    assert_eq!((code, error), (1, format!("opsctl: {plain}: {message}\n")));
}

#[tokio::test(flavor = "multi_thread")]
async fn handshake_errors_name_the_cause() {
    let service = Service::with_tls().await;
    for (name, message) in [
        (Some("old"), "invalid certificate: expired; renew it"),
        (Some("itself"), "invalid certificate: it is a CA certificate; issue a server certificate with `CA:FALSE`"),
        (None, "the server does not speak TLS; use `http://`"),
    ] {
        let mut api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new()));
        if let Some(name) = name {
            api = api.tls(Tls::new(service.path(&format!("{name}.crt")), service.path(&format!("{name}.key"))));
        }
        let running = api.build().expect("an api").bind(0).await.expect("an address").spawn();
        let url = format!("https://{}/readyz", running.local_addr().expect("a TCP address"));
        let ended = service.opsctl(&["probe", &url, "--cacert", "ca.crt", "--server-name", "ops.example"]).await;
        assert_eq!(ended, (1, String::new(), format!("opsctl: {url}: {message}\n")));
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn unix_socket_is_used_with_and_without_tls() {
    let socket = |folder: &TempDir| Address::from(folder.path().join("ops.sock").as_path());
    let service = Service::at(socket, false).await;
    let ok = (0, String::new(), String::new());
    assert_eq!(service.opsctl(&["probe", "http://localhost/readyz", "--unix-socket", "ops.sock"]).await, ok);
    assert_eq!(service.opsctl(&["get", "http://localhost/livez", "--unix-socket", "ops.sock"]).await.1, "ok\n");
    let missing = service.opsctl(&["probe", "http://localhost/readyz", "--unix-socket", "none"]).await;
    assert_eq!(
        missing.2,
        "opsctl: http://localhost/readyz: cannot connect to `none`: No such file or directory (os error 2)\n"
    );
    let service = Service::at(socket, true).await;
    let url = "https://ops.example/admin/whoami";
    let arguments = ["get", url, "--unix-socket", "ops.sock", "--cacert", "ca.crt", "--cert", "alice.pem"];
    assert_eq!(service.opsctl(&arguments).await, (0, ALICE.to_owned(), String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_urls_and_silent_servers_are_errors() {
    let service = Service::with_tls().await;
    for url in ["ops.example/readyz", "ftp://ops.example/", "/readyz", "unix:/run/app/ops.sock"] {
        let (code, _, error) = service.opsctl(&["probe", url]).await;
        assert_eq!(
            (code, error),
            (
                1,
                format!(
                    "opsctl: invalid URL `{url}`: it must begin with `http://` or `https://` and a host; write it as in \
                     `http://127.0.0.1:9464/readyz`\n"
                )
            )
        );
    }
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://{address}/readyz");
        let mut arguments = vec!["probe", &url, "--timeout", "50ms"];
        if scheme == "https" {
            arguments.extend(["--cacert", "ca.crt"]);
        }
        let ended = service.opsctl(&arguments).await;
        assert_eq!(
            ended,
            (1, String::new(), format!("opsctl: {url}: no response after 50ms; set a longer `--timeout`\n"))
        );
    }
}
