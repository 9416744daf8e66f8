//! Client certificates: verification, mapping to users, and revocation on open connections.

use ops::rbac::{CertificateName, Token};
use ops::{Api, ApiBuilder, Health, Limits, Metrics, Tls};
use ops_tests::certificates::Authority;
use ops_tests::tls::{Files, TLS12, client, connect, get, get_on, modern, policy, start, until};
use rustls::ClientConfig;
use serde_json::json;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

fn optional(files: &Files) -> Tls {
    Tls::new(files.path("server.crt"), files.path("server.key"))
        .accept_client_certificates(files.path("authorities.crt"))
}

fn required(files: &Files) -> Tls {
    Tls::new(files.path("server.crt"), files.path("server.key"))
        .require_client_certificates(files.path("authorities.crt"))
}

fn empty() -> ApiBuilder {
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new()))
}

/// Sends a request. Returns the status of the response, or the TLS error.
async fn outcome(server: SocketAddr, client: ClientConfig, path: &str) -> String {
    match get(server, client, path, &[]).await {
        Ok(response) => response.status.to_string(),
        Err(error) => error.to_string().replace("received fatal alert: ", ""),
    }
}

#[tokio::test]
async fn certificates_are_requested_verified_and_mapped_to_users() {
    let files = Files::of(Authority::of("Example"));
    let policy = policy();
    policy.add_certificate("alice", CertificateName::uri("spiffe://example.org/alice").unwrap()).unwrap();
    policy.add_certificate("bob", CertificateName::subject("CN=bob").unwrap()).unwrap();
    let policy = Arc::new(policy);
    let optional = start(empty().policy(policy.clone()).tls(optional(&files))).await;
    let required = start(empty().policy(policy).tls(required(&files))).await;

    let issue = |name: &str, names: &[&str]| files.authority.issue(name, names, 4096);
    let [unknown, forged] =
        ["Other", "Example"].map(|name| Authority::of(name).issue("alice", &["uri:spiffe://example.org/alice"], 4096));
    let expired = files.authority.issue("alice", &["uri:spiffe://example.org/alice"], 2020);
    let alice = issue("other", &["uri:spiffe://example.org/alice", "dns:other"]);
    let bob = issue("bob", &["dns:bob"]);
    let both = issue("bob", &["uri:spiffe://example.org/alice"]);
    let like_alice = issue("alice", &["uri:spiffe://example.org/alice/", "dns:spiffe", "email:alice@example.org"]);
    for (name, shown, [probe_if_optional, info_if_optional, probe_if_required, info_if_required]) in [
        ("no certificate", None, ["200", "401", "CertificateRequired", "CertificateRequired"]),
        ("issued by an unknown CA", Some(&unknown), ["UnknownCA"; 4]),
        ("issued by an unknown CA with the name of a trusted one", Some(&forged), ["DecryptError"; 4]),
        ("expired", Some(&expired), ["CertificateExpired"; 4]),
        ("mapped to no user", Some(&like_alice), ["200", "401", "200", "401"]),
        ("mapped to two users", Some(&both), ["200", "401", "200", "401"]),
        ("mapped to bob, without permissions", Some(&bob), ["200", "403", "200", "403"]),
        ("mapped to alice, with read permissions", Some(&alice), ["200", "200", "200", "200"]),
    ] {
        for (server, path, expected) in [
            (&optional, "/livez", probe_if_optional),
            (&optional, "/info", info_if_optional),
            (&required, "/livez", probe_if_required),
            (&required, "/info", info_if_required),
        ] {
            let client = modern(&files.authority, shown);
            let outcome = outcome(server.local_addr().unwrap(), client, path).await;
            assert_eq!(outcome, expected, "{name}: {path}");
        }
    }
    let old = client(&files.authority, Some(&alice), &[&TLS12]);
    let whoami = get(required.local_addr().unwrap(), old, "/admin/whoami", &[]).await.unwrap();
    let body = r#"{"user":"alice","authentication":"certificate","roles":["viewer"],"permissions":["admin:read"]}"#;
    assert_eq!(whoami.body, body, "over TLS 1.2");
}

#[tokio::test]
async fn authorization_header_takes_precedence_over_the_certificate() {
    let files = Files::new();
    let policy = policy();
    policy.add_certificate("alice", CertificateName::dns("alice.example").unwrap()).unwrap();
    let token = policy.issue_token("bob", None).unwrap();
    let server = start(empty().policy(policy).tls(optional(&files))).await.local_addr().unwrap();
    let shown = files.authority.issue("alice", &["dns:Alice.Example"], 4096);
    let mut stream = connect(server, modern(&files.authority, Some(&shown))).await.unwrap();
    let bearer = |token: &Token| format!("Authorization: Bearer {}", token.reveal());
    let mut whoami = async |headers: &[&str]| {
        let response = get_on(&mut stream, "/admin/whoami", headers).await.unwrap();
        (response.status, response.json()["user"].clone(), response.json()["authentication"].clone())
    };
    assert_eq!(whoami(&[]).await, (200, json!("alice"), json!("certificate")));
    assert_eq!(whoami(&[&bearer(&token)]).await, (200, json!("bob"), json!("bearer")));
    let wrong = Token::generate().unwrap();
    for header in [bearer(&wrong), "Authorization: Negotiate x".to_owned(), ops_tests::basic("alice:wrong")] {
        assert_eq!(whoami(&[&header]).await.0, 401, "{header}");
    }
}

#[tokio::test]
async fn policy_changes_apply_to_open_connections() {
    let files = Files::new();
    let text = |roles: &str, uri: &str| {
        format!("[users.alice]\nroles = [{roles}]\n[[users.alice.certificates]]\nuri = \"{uri}\"\n")
    };
    let write = |roles: &str, uri: &str| {
        files.write("new.toml", &text(roles, uri));
        fs::rename(files.path("new.toml"), files.path("policy.toml")).unwrap();
    };
    write("\"viewer\"", "spiffe://a/alice");
    let limits = Limits::default().policy_reload_interval(Duration::from_millis(2));
    let builder = empty().limits(limits).policy_file(files.path("policy.toml"));
    let server = start(builder.tls(optional(&files))).await.local_addr().unwrap();
    let shown = files.authority.issue("x", &["uri:spiffe://a/alice"], 4096);
    let mut open = connect(server, modern(&files.authority, Some(&shown))).await.unwrap();
    assert_eq!(get_on(&mut open, "/info", &[]).await.unwrap().status, 200);
    for (roles, uri, status) in [
        ("\"viewer\"", "spiffe://a/bob", 401),
        ("\"viewer\"", "spiffe://a/alice", 200),
        ("", "spiffe://a/alice", 403),
        ("\"viewer\"", "spiffe://a/alice", 200),
    ] {
        write(roles, uri);
        let reached = async { while get_on(&mut open, "/info", &[]).await.unwrap().status != status {} };
        tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap_or_else(|_| panic!("never {status}"));
    }
}

#[tokio::test]
async fn unmapped_certificate_is_a_failed_login() {
    let files = Files::new();
    let policy = policy();
    let token = policy.issue_token("alice", None).unwrap();
    let server = start(empty().policy(policy).tls(optional(&files))).await.local_addr().unwrap();
    let shown = files.authority.issue("stranger", &["dns:stranger"], 4096);
    let refused = get(server, modern(&files.authority, Some(&shown)), "/info", &[]).await.unwrap();
    assert_eq!(refused.json()["detail"], "authentication failed: the policy names no user for the client certificate");
    let header = format!("Authorization: Bearer {}", token.reveal());
    until(async || {
        let client = modern(&files.authority, None);
        let audit = get(server, client, "/admin/audit", &[&header]).await.unwrap().json();
        audit["records"].as_array().is_some_and(|records| {
            records.iter().any(|record| record["event"] == "login_failed" && record["path"] == "/info")
        })
    })
    .await;
}

/// An audit sink that keeps the records.
struct Lines(std::sync::mpsc::Sender<serde_json::Value>);

impl ops::audit::Sink for Lines {
    fn write(&mut self, line: &str) -> std::io::Result<()> {
        self.0.send(serde_json::from_str(line)?).map_err(std::io::Error::other)
    }
}

#[tokio::test]
async fn audit_log_contains_certificate_names_in_policy_syntax() {
    let files = Files::new();
    let policy = policy();
    policy.add_certificate("alice", CertificateName::subject("subject=CN = Alice").unwrap()).unwrap();
    let (lines, written) = std::sync::mpsc::channel();
    let api = empty().policy(policy).audit_sink(Lines(lines)).tls(optional(&files));
    let server = start(api).await;
    let alice = files.authority.issue("alice", &[], 4096);
    let stranger =
        files.authority.issue("stranger", &["dns:stranger.example", "uri:spiffe://example.org/stranger"], 4096);
    let record_of = async |shown, method: &str| {
        let mut stream = connect(server.local_addr().unwrap(), modern(&files.authority, Some(shown))).await.unwrap();
        let request = format!(
            "{method} /admin/drain HTTP/1.1\r\nHost: localhost\r\nX-Ops-Request: 1\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
        );
        tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
        let mut response = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut response).await;
        written.recv().unwrap()
    };
    let refused = record_of(&alice, "PUT").await;
    assert_eq!((&refused["event"], &refused["user"]), (&json!("refused"), &json!("alice")));
    let names = refused["certificate"].as_array().unwrap();
    assert_eq!(names[0], json!({"subject": "CN=alice"}));
    assert_eq!(names.len(), 2, "{names:?}");
    let failed = record_of(&stranger, "GET").await;
    assert_eq!((&failed["event"], &failed["user"]), (&json!("login_failed"), &json!(null)));
    let names = failed["certificate"].as_array().unwrap();
    assert_eq!(
        names[..3],
        [
            json!({"dns": "stranger.example"}),
            json!({"uri": "spiffe://example.org/stranger"}),
            json!({"subject": "CN=stranger"})
        ]
    );
    assert_eq!(names[3]["sha256"].as_str().unwrap().len(), 64);
}
