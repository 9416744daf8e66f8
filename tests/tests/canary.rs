//! Checks that secrets appear in no response, log, audit log, metric, `Debug` output or error.

use ops::rbac::{Cost, Policy, PolicyFile, Token};
use ops::{Api, Health, Metrics};
use ops_tests::log::LogBuffer;
use ops_tests::{basic, get, request};
use std::fs;
use std::sync::Arc;

const PASSWORD: &str = "canary-3f9a-password";

/// Returns the encodings of `secret` to search for: plain, hexadecimal, and as Basic credentials.
fn encodings(secret: &str) -> Vec<String> {
    let hex = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let header = basic(&format!("alice:{secret}")).rsplit(' ').next().unwrap().to_owned();
    vec![secret.to_owned(), hex, header]
}

#[tokio::test]
async fn secrets_appear_in_no_output() {
    let log = LogBuffer::default();
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
    let mut outputs = vec![format!("{policy:?} {token:?} {:?}", PolicyFile::open(&file))];

    let builder = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).policy(policy);
    let builder = builder.audit_file(&audit);
    outputs.push(format!("{builder:?}"));
    let api = builder.build().unwrap();
    outputs.push(format!("{api:?}"));
    let server = api.bind("127.0.0.1:0").await.unwrap();
    outputs.push(format!("{server:?}"));
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
                outputs.push(format!("{:?}", get(address, &path, &[header]).await));
            }
        }
        outputs.push(format!("{:?}", request(address, "PUT", "/admin/drain", &[header]).await));
    }
    running.shutdown().await.unwrap();
    outputs.push(fs::read_to_string(&audit).unwrap());
    outputs.push(log.text());
    for secret in [PASSWORD, token.reveal(), wrong.reveal()] {
        for encoding in encodings(secret) {
            for text in &outputs {
                assert!(!text.contains(&encoding), "{encoding} is in {text}");
            }
        }
    }
    assert!(outputs.iter().any(|text| text.contains("\"event\":\"login_failed\"")), "outputs were captured");
}
