//! A secret that is looked for wherever something is said: answers, logs, the audit log, metrics, `Debug` and errors.

use ops::rbac::{Cost, Policy, PolicyFile, Token};
use ops::{Api, Health, Metrics};
use ops_tests::log::Written;
use ops_tests::{basic, get, request};
use std::fs;
use std::sync::Arc;

const PASSWORD: &str = "canary-3f9a-password";

/// `secret` as it may be written: as it is, in hexadecimal digits, and as the header that carries it.
fn forms(secret: &str) -> Vec<String> {
    let hex = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let header = basic(&format!("alice:{secret}")).rsplit(' ').next().unwrap().to_owned();
    vec![secret.to_owned(), hex, header]
}

#[tokio::test]
async fn no_secret_is_said_anywhere() {
    let log = Written::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let (audit, file) = (folder.path().join("audit.jsonl"), folder.path().join("policy.toml"));
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    policy.add_user("alice", &["owner"]);
    policy.set_password("alice", PASSWORD).unwrap();
    let token = policy.issue_token("alice", None).unwrap();
    let wrong = Token::generate().unwrap();
    fs::write(&file, format!("[users.alice]\npassword = [\"{PASSWORD}\"]\n")).unwrap();
    let mut said = vec![format!("{policy:?} {token:?} {:?}", PolicyFile::open(&file))];

    let builder = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).policy(policy);
    let builder = builder.audit_file(&audit);
    said.push(format!("{builder:?}"));
    let api = builder.build().unwrap();
    said.push(format!("{api:?}"));
    let server = api.bind("127.0.0.1:0").await.unwrap();
    said.push(format!("{server:?}"));
    let running = server.spawn();
    let address = running.local_addr().unwrap();

    let bearer = |token: &Token| format!("Authorization: Bearer {}", token.reveal());
    let headers = [
        basic(&format!("alice:{PASSWORD}")),
        basic(&format!("ghost:{PASSWORD}")),
        basic(&format!("alice:{PASSWORD}!")),
        bearer(&token),
        bearer(&wrong),
        format!("Authorization: Digest {PASSWORD}"),
        format!("Cookie: token={}", token.reveal()),
    ];
    for header in &headers {
        for path in ["/info", "/admin", "/admin/audit", "/admin/whoami", "/readyz?verbose", "/metrics", "/nothing"] {
            for path in [path.to_owned(), format!("{path}?token={}", token.reveal())] {
                said.push(format!("{:?}", get(address, &path, &[header]).await));
            }
        }
        said.push(format!("{:?}", request(address, "PUT", "/admin/drain", &[header]).await));
    }
    running.shutdown().await.unwrap();
    said.push(fs::read_to_string(&audit).unwrap());
    said.push(log.text());
    for secret in [PASSWORD, token.reveal(), wrong.reveal()] {
        for form in forms(secret) {
            for text in &said {
                assert!(!text.contains(&form), "{form} is in {text}");
            }
        }
    }
    assert!(said.iter().any(|text| text.contains("\"event\":\"login_failed\"")), "and something was said");
}
