//! Metrics of successive servers in one process, as when an application reloads its configuration.

use ops::rbac::Token;
use ops::{Api, Health, Metrics, Running};
use ops_tests::get;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Starts a server with one check, the policy file at `path` and the registry `metrics`.
async fn start(check: &'static str, path: &Path, metrics: &Arc<Metrics>) -> Running {
    let health = Arc::new(Health::new());
    health.register(check, |_context| async { true });
    let api =
        Api::builder().health(health).metrics(metrics.clone()).policy_file(path).audit_sink(ops_tests::log::NullSink);
    api.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn()
}

/// Returns the checks and the number of policies in the exposition of the registry.
async fn reported(metrics: &Metrics) -> (Vec<String>, usize) {
    let text = metrics.to_text();
    let lines = || text.lines().filter(|line| !line.starts_with('#'));
    let checks =
        lines().filter_map(|line| line.strip_prefix("ops_health_duration_seconds_count{check=\"")?.split('"').next());
    let policies = lines().filter(|line| line.starts_with("ops_policy_last_success_timestamp_seconds ")).count();
    (checks.map(str::to_owned).collect(), policies)
}

#[tokio::test]
async fn metrics_describe_the_newest_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    fs::write(&path, format!("[[users.alice.tokens]]\nsha256 = \"{}\"\n", Token::generate().unwrap().digest()))
        .unwrap();
    let metrics = Arc::new(Metrics::new());
    let first = start("first", &path, &metrics).await;
    assert_eq!(reported(&metrics).await, (vec!["first".to_owned()], 1));
    let second = start("second", &path, &metrics).await;
    assert_eq!(reported(&metrics).await, (vec!["second".to_owned()], 1), "the second server replaces the first");
    let shown = get(first.local_addr().unwrap(), "/metrics", &[]).await.body;
    assert!(shown.contains("{check=\"second\"}") && !shown.contains("{check=\"first\"}"), "{shown}");
    first.shutdown().await.unwrap();
    assert_eq!(reported(&metrics).await, (vec!["second".to_owned()], 1), "and remains when the first shuts down");
    let third = start("third", &path, &metrics).await;
    third.shutdown().await.unwrap();
    assert_eq!(reported(&metrics).await, (vec!["second".to_owned()], 1), "and is restored when the third shuts down");
    second.shutdown().await.unwrap();
    assert_eq!(reported(&metrics).await, (vec![], 0));
}

#[tokio::test]
async fn unspawned_server_leaves_no_metrics() {
    let metrics = Arc::new(Metrics::new());
    let api = Api::builder().health(Arc::new(Health::new())).metrics(metrics.clone());
    let server = api.build().unwrap().bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr();
    drop(server);
    // The address is released when the server thread has ended.
    while tokio::net::TcpListener::bind(address).await.is_err() {
        tokio::task::yield_now().await;
    }
    metrics.register("ops_health", "", None, ops::Counter::<()>::new()).unwrap();
}
