//! The behaviour that `ops` re-implements, as tests against the public API.
//!
//! This file is the contract for names and signatures: the integration tests of the project
//! contain these tests and they pass as they stand. What the library offers beyond them is
//! free to be richer (builders, more fields, more statuses), never narrower.
//!
//! Needs: tokio (full), serde_json.

use ops::rbac::{Cost, Policy, PolicyError};
use ops::{Api, Cluster, Health, Introspector, Member, Metrics, Observer, StaticCluster, Status, attr};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

// ---- health ---------------------------------------------------------------------------------

#[tokio::test]
async fn health_aggregates_its_checks() {
    let health = Health::new();
    assert_eq!(health.check().await.status, Status::Healthy, "no checks: healthy");

    health.register("queue", |_context| async { Err::<(), _>("down") });
    health.register("db", |_context| async { Ok::<(), std::io::Error>(()) });

    let report = health.check().await;
    assert_eq!(report.status, Status::Unhealthy);
    assert!(report.checks["db"].ok);
    assert!(!report.checks["queue"].ok);
    assert_eq!(report.checks["queue"].error.as_deref(), Some("down"));
    assert_eq!(health.names(), ["db", "queue"], "sorted");

    // Registering a name again replaces the check; the very next run sees the new one.
    health.register("queue", |_context| async { Ok::<(), &str>(()) });
    assert_eq!(health.check().await.status, Status::Healthy);

    health.deregister("queue");
    assert_eq!(health.names(), ["db"]);
}

#[tokio::test]
async fn a_check_is_given_a_context_with_its_deadline() {
    let health = Health::new();
    health.register("slow", |context: ops::CheckContext| async move {
        assert!(context.deadline() > std::time::Instant::now());
        std::future::pending::<Result<(), &str>>().await
    });
    let started = std::time::Instant::now();
    let report = health.check_within(std::time::Duration::from_millis(200)).await;
    assert!(started.elapsed() < std::time::Duration::from_secs(1));
    assert!(!report.checks["slow"].ok);
}

// ---- metrics --------------------------------------------------------------------------------

#[test]
fn metrics_are_written_in_the_prometheus_text_format() {
    let metrics = Metrics::new();
    metrics.counter("tx_total").add(2, &[attr("mti", "0200")]);
    metrics.counter("tx_total").add(3, &[attr("mti", "0200")]);
    metrics.gauge("open_conns").set(5.0, &[]);
    metrics.gauge("open_conns").add(-1.0, &[]);
    // A distribution by name, with no buckets declared, is a summary: count and sum.
    metrics.histogram("latency_seconds").observe(0.25, &[]);
    metrics.histogram("latency_seconds").observe(0.75, &[]);

    let mut bytes = Vec::new();
    metrics.write_text(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    for line in [
        "# TYPE tx_total counter",
        "tx_total{mti=\"0200\"} 5",
        "# TYPE open_conns gauge",
        "open_conns 4",
        "# TYPE latency_seconds summary",
        "latency_seconds_count 2",
        "latency_seconds_sum 1",
    ] {
        assert!(text.lines().any(|found| found == line), "missing {line:?} in\n{text}");
    }
    assert_eq!(text.matches("# TYPE tx_total").count(), 1, "one TYPE line a name");
}

#[test]
fn label_order_does_not_make_a_new_series() {
    let metrics = Metrics::new();
    metrics.counter("c_total").add(1, &[attr("a", 1), attr("b", true)]);
    metrics.counter("c_total").add(1, &[attr("b", true), attr("a", 1)]);
    assert!(metrics.to_text().lines().any(|line| line == "c_total{a=\"1\",b=\"true\"} 2"));
}

#[test]
#[should_panic(expected = "dup")]
fn one_name_is_one_kind() {
    let metrics = Metrics::new();
    metrics.counter("dup").add(1, &[]);
    metrics.gauge("dup").set(1.0, &[]);
}

#[test]
fn a_kind_conflict_can_be_asked_for_as_an_error() {
    let metrics = Metrics::new();
    metrics.counter("dup").add(1, &[]);
    let error = metrics.try_gauge("dup").unwrap_err().to_string();
    assert!(error.contains("dup") && error.contains("counter") && error.contains("gauge"), "{error}");
}

#[test]
fn the_registry_is_an_observer_and_spans_become_durations() {
    let metrics = Metrics::new();
    let observer: &dyn Observer = &metrics;
    observer.counter("tx_total").add(1, &[]);
    observer.histogram("amount").observe(12.5, &[]);
    let mut span = observer.start_span("authorise", &[attr("mti", "0100")]);
    span.set_attr(attr("approved", false));
    span.set_error(&"declined");
    span.end();
    let text = metrics.to_text();
    assert!(text.contains("authorise_duration_seconds_count{mti=\"0100\"} 1"), "{text}");
    assert!(text.contains("authorise_duration_seconds_sum{mti=\"0100\"} "), "{text}");
}

// ---- cluster --------------------------------------------------------------------------------

#[test]
fn a_static_cluster_is_self_and_its_peers_sorted() {
    let cluster = StaticCluster::new(Member::new("n2", "host2:5000"), [Member::new("n1", "host1:5000")]);
    assert!(cluster.local().is_self);
    let members = cluster.members();
    assert_eq!(members.iter().map(|member| member.id.as_str()).collect::<Vec<_>>(), ["n1", "n2"]);
    assert_eq!(members.iter().map(|member| member.is_self).collect::<Vec<_>>(), [false, true]);
    assert_eq!(
        serde_json::to_value(&members[0]).unwrap(),
        serde_json::json!({"id": "n1", "addr": "host1:5000", "self": false}),
    );
}

// ---- roles and permissions --------------------------------------------------------------------

#[test]
fn permissions_come_through_roles_and_wildcards() {
    let policy = Policy::with_cost(Cost::fastest_for_tests());
    policy.add_role("operator", &["tx:read", "tx:reverse"]);
    policy.add_role("admin", &["admin:*"]);
    policy.add_role("super", &["*"]);
    policy.add_user("alice", &["operator"]);
    policy.add_user("bob", &["admin"]);
    policy.add_user("root", &["super"]);
    policy.add_user("nobody", &[]);
    for (user, permission, allowed) in [
        ("alice", "tx:read", true),
        ("alice", "tx:void", false),
        ("alice", "admin:restart", false),
        ("bob", "admin:restart", true),
        ("bob", "tx:read", false),
        ("root", "anything:at:all", true),
        ("nobody", "tx:read", false),
        ("ghost", "tx:read", false),
    ] {
        assert_eq!(policy.can(user, permission), allowed, "{user} {permission}");
    }
    policy.grant("nobody", "operator").unwrap();
    assert!(policy.can("nobody", "tx:read"));
    assert_eq!(policy.roles("nobody").unwrap(), ["operator"]);
    policy.revoke("nobody", "operator").unwrap();
    assert!(!policy.can("nobody", "tx:read"));
    assert!(matches!(policy.grant("ghost", "operator"), Err(PolicyError::NoSuchUser { .. })));
}

#[test]
fn passwords_authenticate_and_survive_a_new_role_list() {
    let policy = Policy::with_cost(Cost::fastest_for_tests());
    policy.add_user("alice", &[]);
    assert!(!policy.authenticate("alice", "anything"), "no password set");
    policy.set_password("alice", "s3cr3t").unwrap();
    assert!(policy.authenticate("alice", "s3cr3t"));
    assert!(!policy.authenticate("alice", "wrong"));
    assert!(!policy.authenticate("ghost", "s3cr3t"));
    policy.add_user("alice", &["admin"]);
    assert!(policy.authenticate("alice", "s3cr3t"), "declaring the user again keeps the password");
    assert!(matches!(policy.set_password("ghost", "x"), Err(PolicyError::NoSuchUser { .. })));
}

// ---- the admin API over HTTP -------------------------------------------------------------------

struct Parts;

impl Introspector for Parts {
    fn components(&self) -> Vec<String> {
        vec!["link".into(), "mux".into()]
    }
}

#[tokio::test]
async fn the_public_endpoints_answer() {
    let health = Health::new();
    health.register("ok", |_context| async { Ok::<(), &str>(()) });
    let metrics = Metrics::new();
    metrics.counter("c_total").add(1, &[]);
    let api = Api::builder()
        .health(Arc::new(health))
        .metrics(Arc::new(metrics))
        .introspector(Arc::new(Parts))
        .cluster(Arc::new(StaticCluster::new(Member::new("n1", "host1:5000"), [])))
        .info("version", "0.1.0")
        .build()
        .unwrap();
    let server = api.bind("127.0.0.1:0").await.unwrap();
    let addr = server.local_addr();
    let running = server.spawn();

    let (status, body) = get(addr, "/healthz", None).await;
    assert_eq!((status, body.as_str()), (200, "ok\n"));
    let (status, body) = get(addr, "/readyz", None).await;
    assert_eq!(status, 200);
    let report: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(report["status"], "healthy");
    assert_eq!(report["checks"]["ok"]["ok"], true);
    let (status, body) = get(addr, "/metrics", None).await;
    assert!(status == 200 && body.contains("# TYPE c_total counter"), "{body}");
    // No policy and a loopback address: open, for local development.
    let (status, body) = get(addr, "/info", None).await;
    assert_eq!(status, 200);
    let info: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(info["version"], "0.1.0");
    assert_eq!(info["components"], serde_json::json!(["link", "mux"]));
    assert_eq!(info["cluster"][0]["id"], "n1");

    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_failing_check_is_503() {
    let health = Health::new();
    health.register("bad", |_context| async { Err::<(), _>("nope") });
    let server = Api::builder().health(Arc::new(health)).build().unwrap().bind("127.0.0.1:0").await.unwrap();
    let addr = server.local_addr();
    let running = server.spawn();
    let (status, body) = get(addr, "/readyz", None).await;
    assert_eq!(status, 503);
    assert!(body.contains("\"unhealthy\""), "{body}");
    assert_eq!(get(addr, "/healthz", None).await.0, 200, "readiness is not liveness");
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_policy_guards_info_and_leaves_the_probes_open() {
    let policy = Policy::with_cost(Cost::fastest_for_tests());
    policy.add_role("admin", &["admin:read"]);
    policy.add_user("alice", &["admin"]);
    policy.add_user("bob", &[]);
    policy.set_password("alice", "secret").unwrap();
    policy.set_password("bob", "secret").unwrap();
    let server = Api::builder().policy(policy).info("version", "1").build().unwrap().bind("127.0.0.1:0").await.unwrap();
    let addr = server.local_addr();
    let running = server.spawn();
    assert_eq!(get(addr, "/info", None).await.0, 401, "no credentials");
    assert_eq!(get(addr, "/info", Some("alice:wrong")).await.0, 401, "wrong password");
    assert_eq!(get(addr, "/info", Some("ghost:secret")).await.0, 401, "unknown user");
    assert_eq!(get(addr, "/info", Some("bob:secret")).await.0, 403, "known, not allowed");
    assert_eq!(get(addr, "/info", Some("alice:secret")).await.0, 200);
    assert_eq!(get(addr, "/healthz", None).await.0, 200);
    assert_eq!(get(addr, "/metrics", None).await.0, 200);
    running.shutdown().await.unwrap();
}

/// One GET over a fresh connection: the status and the body.
async fn get(addr: SocketAddr, path: &str, user_and_password: Option<&str>) -> (u16, String) {
    let authorization = match user_and_password {
        Some(text) => format!("Authorization: Basic {}\r\n", base64(text.as_bytes())),
        None => String::new(),
    };
    let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n{authorization}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer[9..12].parse().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(!head.to_ascii_lowercase().contains("transfer-encoding: chunked"), "small answers carry a Content-Length");
    (status, body.to_owned())
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            (0..4).map(
                move |at| if at > chunk.len() { '=' } else { DIGITS[(group >> (18 - 6 * at)) as usize & 63] as char },
            )
        })
        .collect()
}
