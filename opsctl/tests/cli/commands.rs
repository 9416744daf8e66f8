//! Commands, their output and exit codes.

use crate::raw_server::respond_before_request;
use ops::rbac::{Policy, PolicyFile, Token};
use ops::{Api, Health, Metrics};
use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Exit code, standard output and standard error.
pub(crate) type CommandOutput = (i32, String, String);

/// Runs `opsctl` with `input` on standard input and only the variables of `environment`.
pub(crate) fn opsctl(arguments: &[&str], input: &str, environment: &[(&str, &str)]) -> CommandOutput {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opsctl"));
    command.args(arguments).env_clear().envs(environment.iter().copied());
    let mut running =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
    // The program may end without reading its input.
    let _ = running.stdin.take().expect("its input").write_all(input.as_bytes());
    let output = running.wait_with_output().expect("its end");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("no signal"), text(output.stdout), text(output.stderr))
}

/// Starts a server with a policy for `alice`. Returns its address and her token.
async fn server() -> (SocketAddr, Token) {
    let policy = Policy::new().with_standard_roles();
    policy.add_user("alice", &["viewer"]);
    policy.set_password("alice", "s3cr3t").expect("a password");
    let token = policy.issue_token("alice", None).expect("a token");
    let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).policy(policy);
    let server = api.build().expect("an api").bind("127.0.0.1:0").await.expect("an address");
    (server.spawn().local_addr().expect("a TCP address"), token)
}

/// Returns the expected result of `get /admin/whoami` as `alice`.
fn alice(authentication: &str) -> CommandOutput {
    let body = format!(
        r#"{{"user":"alice","authentication":"{authentication}","roles":["viewer"],"permissions":["admin:read"]}}"#
    );
    (0, body, String::new())
}

#[test]
fn printed_hash_and_token_are_valid_in_a_policy_file() {
    let (code, hash, _) = opsctl(&["hash-password", "--memory-kib", "7168"], "s3cr3t\n", &[]);
    assert_eq!(code, 0);
    let (code, printed, _) = opsctl(&["token", "o'brien", "--expires-in", "90days"], "", &[]);
    assert_eq!(code, 0);
    let (token, lines) = printed.split_once("\n\n").expect("a token, then lines");

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("policy.toml");
    let text = format!("[users.alice]\npassword = \"{}\"\n\n{lines}", hash.trim_end());
    fs::write(&path, &text).expect("a file");
    let path = path.to_str().expect("text");
    assert_eq!(opsctl(&["policy", "check", path], "", &[]), (0, format!("{path}: valid policy\n"), String::new()));
    let file = PolicyFile::open(path).expect("a policy");
    assert!(file.policy().authenticate("alice", "s3cr3t"));
    assert_eq!(file.policy().authenticate_token(token).as_deref(), Some("o'brien"));
}

#[test]
fn errors_are_one_line_with_exit_code_1() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("policy.toml");
    fs::write(&path, "[users.alice]\nrolls = []\n").expect("a file");
    let path = path.to_str().expect("text");
    for (arguments, error) in [
        (
            &["policy", "check", path][..],
            format!(
                "opsctl: {path}:2: unknown field `rolls`, expected one of `roles`, `password`, `tokens`, `certificates`\n"
            ),
        ),
        (
            &["hash-password", "--passes", "99"],
            "opsctl: invalid argon2id cost: number of passes must be between 1 and 10, but is 99\n".to_owned(),
        ),
        (&["hash-password"], "opsctl: invalid password: 0 bytes long; use 1 to 1024 bytes\n".to_owned()),
        (
            &["token", "prom", "--expires-in", "8000years"],
            "opsctl: the token would expire after the year 9999; use a shorter `--expires-in`, or omit it\n".to_owned(),
        ),
        (
            &["token", "a:b"],
            "opsctl: invalid name `a:b`; use 1 to 128 bytes without `:` and control characters\n".to_owned(),
        ),
        (&["audit", "verify", path], format!("opsctl: {path}: invalid line 1: not an audit record\n")),
    ] {
        assert_eq!(opsctl(arguments, "", &[]), (1, String::new(), error), "{arguments:?}");
    }
}

#[test]
fn hash_password_rejects_passwords_that_cannot_be_sent() {
    let control = "opsctl: invalid password: control characters are not allowed; use printable characters\n";
    let long = "opsctl: invalid password: 1027 bytes long; use 1 to 1024 bytes\n";
    for (input, error) in [("s3\tcr3t\n", control), ("s3cr3t\0\n", control), (&"x".repeat(5000), long)] {
        assert_eq!(opsctl(&["hash-password"], input, &[]), (1, String::new(), error.to_owned()));
    }
}

#[test]
fn audit_verify_reads_rotated_files_oldest_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.to_str().expect("text").to_owned()
    };
    let log = include_str!("../../../ops/src/audit/log/before_authentication.jsonl");
    let (first, second) = log.split_at(log.find('\n').expect("two lines") + 1);
    let (old, new) = (file("audit.log.1", first), file("audit.log", second));
    let hash = "0ca3bbd4f7ad72c28294f2a4bb3c2b389e62362162e793936dbd7fdd2451b646";
    for (files, ended) in [
        (
            &[old.as_str(), new.as_str()][..],
            (0, format!("{old}, {new}: valid audit log; records: 2, last sequence number: 2, last hash: {hash}\n"), ""),
        ),
        (&[&new], (0, format!("{new}: valid audit log; records: 1, last sequence number: 2, last hash: {hash}\n"), "")),
        (
            &[&new, &old],
            (
                1,
                String::new(),
                &*format!(
                    "opsctl: {old}: invalid line 1: broken hash chain: a line was changed, removed or inserted\n"
                ),
            ),
        ),
    ] {
        let arguments = [&["audit", "verify"], files].concat();
        let (code, stdout, stderr) = opsctl(&arguments, "", &[]);
        assert_eq!((code, stdout, &*stderr), ended, "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn probe_exit_code_follows_the_response_status() {
    let (address, _) = server().await;
    let url = |path: &str| format!("http://{address}{path}");
    assert_eq!(opsctl(&["probe", &url("/readyz")], "", &[]), (0, String::new(), String::new()));
    let missing = url("/info");
    assert_eq!(opsctl(&["probe", &missing], "", &[]).2, format!("opsctl: {missing} returned 401\n"));
    let unused = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    assert_eq!(opsctl(&["probe", &format!("http://{unused}/readyz")], "", &[]).0, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_read_from_the_environment_or_a_file() {
    let (address, token) = server().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.to_str().expect("text").to_owned()
    };
    let url = format!("http://{address}/admin/whoami");
    assert_eq!(opsctl(&["get", &url], "", &[("OPS_TOKEN", token.reveal())]), alice("bearer"));
    assert_eq!(opsctl(&["get", &url], "", &[("OPS_USER", "alice"), ("OPS_PASSWORD", "s3cr3t")]), alice("basic"));
    for (text, by) in [(format!("{}\n", token.reveal()), "bearer"), ("alice:s3cr3t\n".to_owned(), "basic")] {
        assert_eq!(opsctl(&["get", &url, "--credentials-file", &file("credentials", &text)], "", &[]), alice(by));
    }
    let (code, _, error) = opsctl(&["get", &url], "", &[]);
    assert!(
        code == 1
            && error.starts_with(&format!("opsctl: {url} returned 401: {{"))
            && error.ends_with("or use `--credentials-file`\n"),
        "{error}"
    );
}

#[test]
fn early_response_is_read_in_every_run() {
    const RUNS: usize = 100;
    for response in
        [&b"HTTP/1.0 200 OK\r\n\r\nok"[..], b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"]
    {
        let url = format!("http://{}/", respond_before_request(2 * RUNS, response));
        for _ in 0..RUNS {
            assert_eq!(opsctl(&["probe", &url], "", &[]), (0, String::new(), String::new()));
            assert_eq!(opsctl(&["get", &url], "", &[]), (0, "ok".to_owned(), String::new()));
        }
    }
}
