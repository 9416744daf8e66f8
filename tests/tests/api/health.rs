//! End-to-end tests of health: checks and groups, formats, operator actions, history and events.

use ops::descriptor::CheckDescriptor;
use ops::rbac::{Cost, Policy};
use ops::{Api, ApiBuilder, CheckKind, Health, Metrics, Outcome, Running};
use ops_tests::log::NullSink;
use ops_tests::{Response, SECURITY_HEADERS, basic, get, parse, request, send};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const TEXT: &str = "content-type: text/plain; charset=utf-8";
const CSRF_HEADERS: [&str; 2] = ["X-Ops-Request: 1", "Content-Type: application/json"];

async fn run(health: &Arc<Health>, with: impl FnOnce(ApiBuilder) -> ApiBuilder) -> Running {
    let builder = Api::builder().health(health.clone()).metrics(Arc::new(Metrics::new())).audit_sink(NullSink);
    with(builder).build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn()
}

async fn start(health: &Arc<Health>) -> SocketAddr {
    run(health, |builder| builder).await.local_addr().unwrap()
}

/// Registers a healthy `db`, a degraded `disk` and an unhealthy `queue`.
///
/// The group `storage` contains the first two.
fn health() -> Arc<Health> {
    let health = Health::new();
    health.register("db", |_context| async {});
    health.register("queue", |_context| async { Err::<(), _>("connection refused") });
    let disk = CheckDescriptor::new("disk").critical(false).groups(&["storage"]).tags(&["local"]);
    let nearly_full = |_context| async { Outcome::degraded("91 % full").detail("free_bytes", 1_024) };
    health.register_check(disk, nearly_full).unwrap();
    health.group("storage", ["db"]);
    Arc::new(health)
}

/// Returns a policy with an operator `alice`, a viewer `vera` and `bob` without roles.
///
/// Passwords equal the names.
fn policy() -> Policy {
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    for (user, roles) in [("alice", &["operator"][..]), ("vera", &["viewer"]), ("bob", &[])] {
        policy.add_user(user, roles);
        policy.set_password(user, user).unwrap();
    }
    policy
}

fn build_response(status: u16, content_type: &str, body: &str) -> Response {
    let length = format!("content-length: {}", body.len());
    let mut headers: Vec<String> = SECURITY_HEADERS.iter().map(|header| (*header).to_owned()).collect();
    headers.extend([content_type.to_owned(), length]);
    headers.sort();
    let mut expected = parse("HTTP/1.1 200 OK\r\n\r\n");
    (expected.status, expected.headers, expected.body) = (status, headers, body.to_owned());
    expected
}

/// Asserts that `document` matches the definition `name` of the published schema.
#[track_caller]
fn assert_schema(name: &str, document: &Value) {
    let mut schema: Value = serde_json::from_str(include_str!("../../../docs/health.schema.json")).unwrap();
    schema["$ref"] = format!("#/$defs/{name}").into();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?} in {document:#}");
}

// ---- probes ---------------------------------------------------------------------------------------

#[tokio::test]
async fn single_checks_and_groups_can_be_probed() {
    let server = start(&health()).await;
    for (path, status, body) in [
        ("/readyz/db?verbose", 200, "[+]db ok\nhealthy\n"),
        ("/readyz/queue?verbose", 503, "[-]queue failed: connection refused\nunhealthy\n"),
        ("/readyz/storage?verbose", 200, "[+]db ok\n[!]disk degraded: 91 % full\ndegraded\n"),
        ("/readyz/storage?verbose&exclude=disk", 200, "[+]db ok\n[+]disk excluded: ok\nhealthy\n"),
        (
            "/readyz/storage?verbose&exclude=queue",
            200,
            "warning: unknown check `queue` in `storage`\n[+]db ok\n[!]disk degraded: 91 % full\ndegraded\n",
        ),
    ] {
        assert_eq!(get(server, path, &[]).await, build_response(status, TEXT, body), "{path}");
    }
    let report = get(server, "/readyz/storage", &[]).await.json();
    assert_schema("report", &report);
    assert_eq!(report["checks"]["disk"]["details"], json!({"free_bytes": 1024}));
    let missing = get(server, "/readyz/tape", &[]).await;
    assert_eq!((missing.status, missing.header("content-type")), (404, Some("application/problem+json")));
}

#[tokio::test]
async fn single_checks_require_the_permission_to_read_health() {
    let server = run(&health(), |builder| builder.policy(policy())).await.local_addr().unwrap();
    for path in ["/readyz/db", "/readyz/nothing", "/admin/health", "/admin/health/history", "/admin/health/events"] {
        assert_eq!(get(server, path, &[]).await.status, 401, "{path}");
        assert_eq!(get(server, path, &[&basic("bob:bob")]).await.status, 403, "{path}");
    }
    assert_eq!(get(server, "/readyz/db", &[&basic("vera:vera")]).await.status, 200);
    assert_eq!(get(server, "/readyz/nothing", &[&basic("vera:vera")]).await.status, 404);
}

#[tokio::test]
async fn groups_can_be_excluded() {
    let server = start(&health()).await;
    let body = "[+]db excluded: ok\n[+]disk excluded: ok\n[-]queue failed: connection refused\nunhealthy\n";
    assert_eq!(get(server, "/readyz?verbose&exclude=storage", &[]).await, build_response(503, TEXT, body));
    let body = "[+]db excluded: ok\n[+]disk excluded: ok\n[+]queue excluded: ok\nhealthy\n";
    assert_eq!(
        get(server, "/readyz?verbose&exclude=storage&exclude=queue", &[]).await,
        build_response(200, TEXT, body)
    );
    let report = get(server, "/readyz?exclude=storage&exclude=queue", &[]).await;
    assert_eq!(report.body, r#"{"status":"healthy","checks":{}}"#);
}

#[tokio::test]
async fn excluded_checks_are_not_run() {
    let health = health();
    let ran = Arc::new(AtomicBool::new(false));
    let seen = ran.clone();
    health.register("hangs", move |_context| {
        seen.store(true, Ordering::SeqCst);
        std::future::pending::<()>()
    });
    let server = start(&health).await;
    assert_eq!(get(server, "/readyz?exclude=hangs&exclude=queue", &[]).await.status, 200);
    assert!(!ran.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn misbehaving_checks_delay_neither_the_probe_nor_other_checks() {
    let (health, over) = (Health::new(), Arc::new(AtomicBool::new(false)));
    let spins = over.clone();
    let spin = move |_context| {
        let over = spins.clone();
        async move { while !over.load(Ordering::Relaxed) {} }
    };
    health.register("spins", spin);
    let blocks = over.clone();
    let block = move |_context| {
        while !blocks.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
    };
    health.register_blocking(CheckDescriptor::new("blocks").timeout(Duration::from_millis(50)), block).unwrap();
    health.register("bursts", |_context| async { std::panic::panic_any(PanicOnDrop) });
    health.register("talks", |_context| async { Err::<(), _>("x".repeat(100 << 20)) });
    let good = Arc::new(AtomicU32::new(0));
    let counted = good.clone();
    health.register("good", move |_context| {
        counted.fetch_add(1, Ordering::Relaxed);
        async {}
    });

    let limits = ops::Limits::default().probe_budget(Duration::from_secs(20));
    let server = run(&Arc::new(health), |builder| builder.limits(limits)).await.local_addr().unwrap();
    let text = format!(
        "[-]blocks failed: timed out after 50ms and is still running\n\
         [-]bursts failed: panicked: non-string panic payload\n\
         [+]good ok\n\
         [-]spins failed: timed out after 2s and is still running\n\
         [-]talks failed: {}…\n\
         unhealthy\n",
        "x".repeat(4093)
    );
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(get(server, "/readyz?verbose", &[]).await, build_response(503, TEXT, &text));
    let before = tasks();
    for _ in 0..50 {
        assert_eq!(get(server, "/readyz?verbose&exclude=talks", &[]).await.status, 503);
    }
    assert!(good.load(Ordering::Relaxed) > 1, "other checks keep running");
    // Only the spinning check remains; the tasks of the others end shortly after their result.
    while tasks() > before {
        tokio::task::yield_now().await;
    }
    over.store(true, Ordering::Relaxed);
}

/// A panic payload that panics when it is dropped.
struct PanicOnDrop;

impl Drop for PanicOnDrop {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[tokio::test]
async fn plain_liveness_probe_without_routing_equals_the_routed_response() {
    let health = Arc::new(Health::new());
    for server in [start(&health).await, run(&health, |builder| builder.policy(policy())).await.local_addr().unwrap()] {
        for path in ["/livez", "/healthz"] {
            let routed = get(server, path, &["Accept: text/plain"]).await;
            assert_eq!(routed, build_response(200, TEXT, "ok\n"));
            for plain in ["X: y", "Accept: */*", "Host: evil.example"] {
                assert_eq!(get(server, path, &[plain]).await, routed, "{plain}");
            }
            assert_eq!(request(server, "POST", path, &[]).await.status, 405);
        }
    }
    let late = CheckDescriptor::new("late").kind(CheckKind::Liveness);
    health.register_check(late, |_context| async { false }).unwrap();
    let server = start(&health).await;
    assert_eq!(get(server, "/livez", &[]).await, build_response(503, TEXT, "failing: late\n"));
}

#[tokio::test]
async fn liveness_is_one_line_unless_a_report_is_requested() {
    let health = Health::new();
    let check = |name: &'static str| CheckDescriptor::new(name).kind(CheckKind::Liveness);
    health.register_check(check("heap"), |_context| async {}).unwrap();
    health.register_check(check("lock"), |_context| async { Err::<(), _>("the secret") }).unwrap();
    let server = run(&Arc::new(health), |builder| builder.policy(policy())).await.local_addr().unwrap();
    assert_eq!(get(server, "/admin/whoami", &[&basic("vera:vera")]).await.status, 200, "caches the login");
    let withheld = "[+]heap ok\n[-]lock failed: reason withheld\nunhealthy\n";
    let shown = "[+]heap ok\n[-]lock failed: the secret\nunhealthy\n";
    for path in ["/livez", "/healthz"] {
        for accept in ["Accept: */*", "Accept: text/plain", "Accept: text/html", "X: y"] {
            assert_eq!(get(server, path, &[accept]).await, build_response(503, TEXT, "failing: lock\n"), "{accept}");
        }
        let verbose = format!("{path}?verbose");
        assert_eq!(get(server, &verbose, &[]).await, build_response(503, TEXT, withheld));
        assert_eq!(get(server, &verbose, &[&basic("vera:vera")]).await, build_response(503, TEXT, shown));
        assert_eq!(get(server, &format!("{path}?exclude=lock"), &[]).await, build_response(200, TEXT, "ok\n"));
        let report = get(server, path, &["Accept: application/json"]).await;
        assert_schema("report", &report.json());
        assert_eq!((report.status, &report.json()["checks"]["lock"]["error"]), (503, &json!("reason withheld")));
    }
}

#[tokio::test]
async fn health_json_follows_the_draft() {
    let server = start(&health()).await;
    for path in ["/readyz?exclude=tape", "/admin/health"] {
        let response = get(server, path, &["Accept: application/health+json"]).await;
        assert_eq!(response.header("content-type"), Some("application/health+json"));
        let mut document = response.json();
        for check in ["db", "disk", "queue"] {
            let measured = &mut document["checks"][format!("{check}:responseTime")][0];
            assert!(measured["observedValue"].take().as_f64().unwrap() < 5_000.0);
            assert!(measured["time"].take().as_str().unwrap().ends_with('Z'));
        }
        let measured = |status: &str| {
            json!({
                "status": status, "observedValue": null, "observedUnit": "ms", "time": null,
            })
        };
        let mut expected = json!({
            "status": "fail",
            "checks": {
                "db:responseTime": [measured("pass")],
                "disk:responseTime": [measured("warn")],
                "queue:responseTime": [measured("fail")],
            },
        });
        expected["checks"]["disk:responseTime"][0]["output"] = "91 % full".into();
        expected["checks"]["queue:responseTime"][0]["output"] = "connection refused".into();
        if path.starts_with("/readyz") {
            expected["notes"] = json!(["unknown readiness check `tape`"]);
        }
        assert_eq!((response.status, document), (503, expected), "{path}");
    }
}

#[tokio::test]
async fn build_rejects_invalid_groups() {
    let builder = Api::builder().health(health()).group("db", ["disk"]).group("storage", ["tape"]);
    assert_eq!(
        builder.build().unwrap_err().to_string(),
        "invalid health check group `db`: a health check has this name; rename the group\n\
         invalid health check group `storage`: unknown check `tape`; register it or remove it from the group"
    );
}

#[tokio::test]
async fn server_runs_periodic_checks() {
    let health = Health::new();
    let (ran, mut runs) = tokio::sync::mpsc::channel(1);
    let periodic = CheckDescriptor::new("it").interval(Duration::from_millis(1));
    health
        .register_check(periodic, move |_context| {
            let ran = ran.clone();
            async move { ran.send(()).await.is_ok() }
        })
        .unwrap();
    let _server = start(&Arc::new(health)).await;
    for _ in 0..3 {
        runs.recv().await.unwrap();
    }
}

// ---- operators --------------------------------------------------------------------------------------

#[tokio::test]
async fn details_have_all_fields_of_a_check() {
    let server = start(&health()).await;
    get(server, "/readyz", &[]).await;
    let details = get(server, "/admin/health", &[]).await;
    let mut document = details.json();
    assert_schema("details", &document);
    assert_eq!(details.status, 200, "independent of the status of the checks");
    assert_eq!(document["groups"], json!({"storage": ["db", "disk"]}));
    let mut disk = document["checks"]["disk"].take();
    for time in ["since", "last_run", "duration_seconds", "age_seconds", "runs", "consecutive_runs"] {
        assert!(!disk[time].take().is_null(), "{time}");
    }
    assert_eq!(
        disk,
        json!({
            "ok": false, "status": "degraded", "error": "91 % full", "critical": false, "kind": "readiness",
            "duration_seconds": null, "age_seconds": null, "details": {"free_bytes": 1024}, "help": "", "since": null,
            "last_run": null, "runs": null, "timeouts": 0, "panics": 0, "consecutive_runs": null,
            "failure_threshold": 1, "success_threshold": 1, "timeout_seconds": 2.0, "interval_seconds": null,
            "tags": ["local"],
        })
    );
    let local = get(server, "/admin/health?tag=local", &[]).await.json();
    assert_eq!(local["checks"].as_object().unwrap().keys().collect::<Vec<_>>(), ["disk"]);
    let text = "[+]db ok\n[!]disk degraded: 91 % full\n[-]queue failed: connection refused\nunhealthy\n";
    assert_eq!(get(server, "/admin/health", &["Accept: text/plain"]).await, build_response(503, TEXT, text));
}

#[tokio::test]
async fn operators_can_run_a_check() {
    let health = Health::new();
    let up = Arc::new(AtomicBool::new(false));
    let read = up.clone();
    let periodic = CheckDescriptor::new("it").interval(Duration::from_secs(3600));
    health.register_check(periodic, move |_context| std::future::ready(read.load(Ordering::SeqCst))).unwrap();
    let server = start(&Arc::new(health)).await;
    let first = send(server, "POST", "/admin/health/it/run", &CSRF_HEADERS, "").await;
    assert_eq!((first.status, &first.json()["status"]), (200, &json!("unhealthy")));
    assert_schema("check", &first.json());
    up.store(true, Ordering::SeqCst);
    let second = send(server, "POST", "/admin/health/it/run", &CSRF_HEADERS, "").await;
    assert_eq!(second.json()["status"], "healthy");
    assert_eq!(send(server, "POST", "/admin/health/nothing/run", &CSRF_HEADERS, "").await.status, 404);
}

#[tokio::test]
async fn overrides_can_be_set_and_cleared() {
    let server = start(&health()).await;
    let path = "/admin/health/db/override";
    let body = r#"{"status":"unhealthy","reason":"failover drill","ttl":"10m"}"#;
    let forced = send(server, "PUT", path, &CSRF_HEADERS, body).await;
    assert_schema("check", &forced.json());
    let left = forced.json()["override"]["ttl_seconds"].as_f64().unwrap();
    assert!(left > 590.0 && left <= 600.0, "{left}");
    let text = "[-]db failed: overridden: failover drill\nunhealthy\n";
    assert_eq!(get(server, "/readyz/db?verbose", &[]).await, build_response(503, TEXT, text));
    assert_eq!(send(server, "DELETE", path, &CSRF_HEADERS, "").await.json()["status"], "healthy");
    assert_eq!(get(server, "/readyz/db", &[]).await.status, 200);

    for (body, detail) in [
        (r#"{"status":"down","reason":"","ttl":"10m"}"#, "invalid override: unknown variant `down`"),
        (r#"{"status":"unhealthy","ttl":"10m"}"#, "invalid override: missing field `reason`"),
        (r#"{"status":"unhealthy","reason":""}"#, "invalid override: missing field `ttl`"),
        (r#"{"status":"unhealthy","reason":"","ttl":"10m","for":"1"}"#, "invalid override: unknown field `for`"),
        (r#"{"status":"unhealthy","reason":"","ttl":"soon"}"#, "invalid `ttl`"),
        (r#"{"status":"unhealthy","reason":"","ttl":"0s"}"#, "invalid `ttl`"),
        (r#"{"status":"unhealthy","reason":"","ttl":"1us"}"#, "invalid `ttl`"),
        (r#"{"status":"unhealthy","reason":"","ttl":"31d"}"#, "invalid `ttl`"),
        ("", "invalid override"),
    ] {
        let refused = send(server, "PUT", path, &CSRF_HEADERS, body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.json()["detail"].as_str().unwrap().starts_with(detail), "{}", refused.body);
    }
    let unknown = send(server, "PUT", "/admin/health/tape/override", &CSRF_HEADERS, body).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn override_with_an_unknown_field_lists_the_valid_ones() {
    let server = start(&health()).await;
    let body = r#"{"status":"unhealthy","reason":"failover drill","expires":"10m"}"#;
    let refused = send(server, "PUT", "/admin/health/db/override", &CSRF_HEADERS, body).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json()["detail"],
        "invalid override: unknown field `expires`, expected one of `status`, `reason`, `ttl` at line 1 column 57; \
         write it as in `{\"status\":\"unhealthy\",\"reason\":\"failover drill\",\"ttl\":\"10m\"}`"
    );
    assert_eq!(get(server, "/readyz/db", &[]).await.status, 200, "no override is set");
}

#[tokio::test]
async fn mutations_require_the_permission_and_the_csrf_headers() {
    let server = run(&health(), |builder| builder.policy(policy())).await.local_addr().unwrap();
    let (alice, vera) = (basic("alice:alice"), basic("vera:vera"));
    for (method, path) in [
        ("POST", "/admin/health/db/run"),
        ("PUT", "/admin/health/db/override"),
        ("DELETE", "/admin/health/db/override"),
        ("PUT", "/admin/drain"),
        ("DELETE", "/admin/drain"),
    ] {
        let body = r#"{"status":"healthy","reason":"","ttl":"1s"}"#;
        let with_csrf_headers = |credentials| [CSRF_HEADERS[0], CSRF_HEADERS[1], credentials];
        assert_eq!(send(server, method, path, &CSRF_HEADERS, body).await.status, 401, "{method} {path}");
        assert_eq!(send(server, method, path, &with_csrf_headers(&vera), body).await.status, 403, "{method} {path}");
        assert_eq!(send(server, method, path, &[CSRF_HEADERS[1], &alice], body).await.status, 403, "{method} {path}");
        assert_eq!(send(server, method, path, &with_csrf_headers(&alice), body).await.status, 200, "{method} {path}");
        let wrong = request(server, "GET", path, &[&alice]).await;
        assert_eq!(wrong.status, 405, "a mutation is never a GET: {path}");
    }
}

#[tokio::test]
async fn draining_fails_readiness_until_it_is_undone() {
    let health = Arc::new(Health::new());
    health.register("db", |_context| async {});
    let server = start(&health).await;
    assert_eq!(send(server, "PUT", "/admin/drain", &CSRF_HEADERS, "").await.body, r#"{"draining":true}"#);
    let text = "[+]db ok\n[-]drain failed: the program is draining\nunhealthy\n";
    for path in ["/readyz?verbose", "/readyz/db?verbose"] {
        assert_eq!(get(server, path, &[]).await, build_response(503, TEXT, text));
    }
    let report = get(server, "/readyz", &[]).await.json();
    assert_schema("report", &report);
    assert_eq!((&report["status"], &report["draining"]), (&json!("unhealthy"), &json!(true)));
    for path in ["/livez", "/startupz", "/metrics", "/info"] {
        assert_eq!(get(server, path, &[]).await.status, 200, "{path}");
    }
    assert_eq!(send(server, "DELETE", "/admin/drain", &CSRF_HEADERS, "").await.body, r#"{"draining":false}"#);
    assert_eq!(get(server, "/readyz?verbose", &[]).await, build_response(200, TEXT, "[+]db ok\nhealthy\n"));
}

// ---- history and events -----------------------------------------------------------------------------------

#[tokio::test]
async fn history_has_the_status_changes() {
    let health = health();
    let server = start(&health).await;
    get(server, "/readyz", &[]).await;
    health.drain();
    let history = get(server, "/admin/health/history", &[]).await.json();
    assert_schema("history", &history);
    let changes = history["changes"].as_array().unwrap();
    assert_eq!(
        (changes.len(), changes[2].get("check")),
        (3, None),
        "the effective status of the non-critical disk does not change"
    );
    let mut queue = get(server, "/admin/health/history?check=queue", &[]).await.json();
    assert!(!queue["changes"][0]["time"].take().is_null());
    let change =
        json!({"time": null, "check": "queue", "from": "unknown", "to": "unhealthy", "reason": "connection refused"});
    assert_eq!(queue, json!({"changes": [change]}));
}

/// A client of the event stream.
struct Events(BufReader<TcpStream>);

impl Events {
    async fn of(server: SocketAddr) -> Events {
        let mut stream = TcpStream::connect(server).await.unwrap();
        let head = format!("GET /admin/health/events HTTP/1.1\r\nHost: {server}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        Events(BufReader::new(stream))
    }

    /// Returns the name and data of the next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<(String, Value)> {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).await.unwrap() == 0 || line == "0\r\n" {
                return None;
            }
            if let Some(event) = line.strip_prefix("event: ") {
                name = event.trim().to_owned();
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return Some((name, serde_json::from_str(data).unwrap()));
            }
        }
    }
}

#[tokio::test]
async fn events_are_a_report_then_each_change_until_shutdown() {
    let health = health();
    let running = run(&health, |builder| builder).await;
    let server = running.local_addr().unwrap();
    get(server, "/readyz", &[]).await;
    let mut events = Events::of(server).await;
    let (name, report) = events.next().await.unwrap();
    assert_schema("report", &report);
    assert_eq!((name.as_str(), &report["checks"]["queue"]["status"]), ("report", &json!("unhealthy")));

    health.register("queue", |_context| async {});
    get(server, "/readyz", &[]).await;
    let (name, change) = events.next().await.unwrap();
    assert_schema("change", &change);
    assert_eq!((name.as_str(), &change["check"], &change["to"]), ("change", &json!("queue"), &json!("healthy")));
    health.drain();
    let (_, drained) = events.next().await.unwrap();
    assert_eq!((drained.get("check"), &drained["to"]), (None, &json!("unhealthy")));

    running.shutdown().await.unwrap();
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn stalled_event_client_delays_no_other_and_gets_a_report_when_it_resumes() {
    let health = Arc::new(Health::new());
    let up = Arc::new(AtomicBool::new(false));
    let read = up.clone();
    let long = "x".repeat(4_000);
    health.register("it", move |_context| {
        let (up, reason) = (read.load(Ordering::SeqCst), long.clone());
        async move { if up { Ok(()) } else { Err(reason) } }
    });
    let server = start(&health).await;
    let (mut stalled, mut other) = (Events::of(server).await, Events::of(server).await);
    assert_eq!((stalled.next().await.unwrap().0, other.next().await.unwrap().0), ("report".into(), "report".into()));
    // Far more than all buffers on the way to the client hold.
    for change in 0..10_000 {
        up.store(change % 2 == 1, Ordering::SeqCst);
        health.check().await;
        let (_, data) = other.next().await.unwrap();
        assert_eq!(data["to"], if change % 2 == 1 { "healthy" } else { "unhealthy" });
    }
    let mut taken = 0;
    let last = loop {
        let (name, data) = stalled.next().await.unwrap();
        taken += 1;
        if name == "report" {
            break data;
        }
    };
    assert_eq!(last["checks"]["it"]["status"], "healthy");
    assert!(taken < 10_000, "changes for a stalled client must not be buffered");
}

#[tokio::test]
async fn limits_the_number_of_event_streams() {
    let limits = ops::Limits::default().max_event_streams(1);
    let server = run(&health(), |builder| builder.limits(limits)).await.local_addr().unwrap();
    let mut first = Events::of(server).await;
    assert_eq!(first.next().await.unwrap().0, "report");
    let second = get(server, "/admin/health/events", &[]).await;
    assert_eq!((second.status, second.header("retry-after")), (503, Some("1")));
}
