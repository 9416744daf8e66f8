//! Relative paths are resolved against the working directory at startup, even if it changes later.

use ops::rbac::Token;
use ops::{Api, Health, Limits, Metrics, Tls};
use ops_tests::certificates::Authority;
use ops_tests::program::ignored_test;
use ops_tests::tls::{Files, get, modern, start, until};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn write_policy(folder: &Path, roles: &str, token: &Token) {
    let digest = token.digest();
    let policy = format!("[users.alice]\nroles = [{roles}]\n[[users.alice.tokens]]\nsha256 = \"{digest}\"\n");
    std::fs::write(folder.join("policy.toml"), policy).unwrap();
}

#[tokio::test]
#[ignore = "run by the test below in a separate process"]
async fn inner_server() {
    let (files, elsewhere) = (Files::of(Authority::of("First")), tempfile::tempdir().unwrap());
    let folder = files.folder.path();
    let token = Token::generate().unwrap();
    write_policy(folder, "\"viewer\"", &token);
    std::env::set_current_dir(folder).unwrap();
    let soon = Duration::from_millis(2);
    let limits = Limits::default().policy_reload_interval(soon).tls_reload_interval(soon);
    let tls = Tls::new("server.crt", "./server.key").accept_client_certificates("authorities.crt");
    let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).limits(limits);
    let running = start(api.policy_file("policy.toml").audit_file("audit.log").tls(tls)).await;
    let server = running.local_addr().unwrap();
    std::env::set_current_dir(elsewhere.path()).unwrap();

    let bearer = format!("Authorization: Bearer {}", token.reveal());
    let status = async |authority: &Authority, headers: &[&str]| {
        get(server, modern(authority, None), "/info", headers).await.map(|response| response.status).ok()
    };
    assert_eq!(status(&files.authority, &[&bearer]).await, Some(200));
    write_policy(folder, "", &token);
    until(async || status(&files.authority, &[&bearer]).await == Some(403)).await;
    let next = Authority::of("Next");
    next.server().write(folder, "server");
    until(async || status(&next, &[&bearer]).await == Some(403)).await;

    std::fs::rename(folder.join("audit.log"), folder.join("audit.log.1")).unwrap();
    assert_eq!(status(&next, &["Authorization: Bearer wrong"]).await, Some(401));
    running.shutdown().await.unwrap();
    assert!(std::fs::metadata(folder.join("audit.log")).unwrap().len() > 0);
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0, "no files are created there");
}

#[test]
fn relative_paths_refer_to_the_working_directory_at_startup() {
    let output = ignored_test("relative_paths::inner_server").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
