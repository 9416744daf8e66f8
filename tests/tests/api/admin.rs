//! End-to-end tests of the admin API: access control and the responses of the endpoints.

use ops::audit::Sink;
use ops::descriptor::CheckDescriptor;
use ops::rbac::{Cost, Policy};
use ops::{Api, ApiBuilder, CheckKind, Cluster, Health, Introspector, Member, Metrics, Outcome, StaticCluster};
use ops_tests::log::NullSink;
use ops_tests::{Response, SECURITY_HEADERS, basic, exchange, get, parse, request};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const JSON: &str = "content-type: application/json";
const TEXT: &str = "content-type: text/plain; charset=utf-8";

/// Starts a server that runs until the process ends.
async fn start_at(address: &str, builder: ApiBuilder) -> SocketAddr {
    let running = builder.build().unwrap().bind(address).await.unwrap().spawn();
    SocketAddr::from(([127, 0, 0, 1], running.local_addr().unwrap().port()))
}

async fn start(builder: ApiBuilder) -> SocketAddr {
    start_at("127.0.0.1:0", builder).await
}

/// Returns the builder of an API without checks and metrics, not even linked ones.
fn empty() -> ApiBuilder {
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).audit_sink(NullSink)
}

/// Registers a healthy database, a degraded disk and an unhealthy queue.
fn health() -> Arc<Health> {
    let health = Health::new();
    health.register("db", |_context| async {});
    health.register("queue", |_context| async { Err::<(), _>("connection refused") });
    let disk = CheckDescriptor::new("disk").critical(false);
    health.register_check(disk, |_context| async { Outcome::degraded("91 % full") }).unwrap();
    Arc::new(health)
}

/// Returns a policy with a viewer `alice`, a scraper `sam` and `bob` without roles.
///
/// Passwords equal the names.
fn policy() -> Policy {
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    for (user, roles) in [("alice", &["viewer"][..]), ("sam", &["scraper"]), ("bob", &[])] {
        policy.add_user(user, roles);
        policy.set_password(user, user).unwrap();
    }
    policy
}

/// Returns the expected response, with the common headers.
fn build_response(status: u16, content_type: &str, more: &[&str], body: &str) -> Response {
    let length = format!("content-length: {}", body.len());
    let here = [content_type, &length];
    let mut headers: Vec<String> =
        SECURITY_HEADERS.iter().chain(&here).chain(more).map(|&header| header.to_owned()).collect();
    headers.sort();
    let mut expected = parse("HTTP/1.1 200 OK\r\n\r\n");
    (expected.status, expected.headers, expected.body) = (status, headers, body.to_owned());
    expected
}

fn problem(status: u16, title: &str, detail: &str, more: &[&str]) -> Response {
    let body = format!(r#"{{"type":"about:blank","title":"{title}","status":{status},"detail":"{detail}"}}"#);
    build_response(status, "content-type: application/problem+json", more, &body)
}

fn unauthorized(detail: &str) -> Response {
    problem(
        401,
        "Unauthorized",
        detail,
        &["www-authenticate: Basic realm=\"ops\", charset=\"UTF-8\"", "www-authenticate: Bearer realm=\"ops\""],
    )
}

// ---- probes -------------------------------------------------------------------------------------

#[tokio::test]
async fn liveness_does_not_depend_on_readiness_checks() {
    let server = start(empty().health(health())).await;
    for path in ["/livez", "/healthz"] {
        assert_eq!(get(server, path, &[]).await, build_response(200, TEXT, &[], "ok\n"), "{path}");
    }
}

#[tokio::test]
async fn failed_liveness_shows_only_the_names_of_the_checks() {
    let health = Health::new();
    for name in ["leak", "deadlock"] {
        let check = CheckDescriptor::new(name).kind(CheckKind::Liveness);
        health.register_check(check, |_context| async { Err::<(), _>("the secret") }).unwrap();
    }
    let server = start(empty().health(Arc::new(health))).await;
    assert_eq!(get(server, "/livez", &[]).await, build_response(503, TEXT, &[], "failing: deadlock, leak\n"));
    assert_eq!(
        get(server, "/readyz", &[]).await,
        build_response(200, JSON, &[], r#"{"status":"healthy","checks":{}}"#)
    );
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = start(empty()).await;
    for path in ["/livez", "/readyz", "/metrics", "/admin/whoami"] {
        let mut expected = get(server, path, &[]).await;
        expected.body.clear();
        assert_eq!(request(server, "HEAD", path, &[]).await, expected, "{path}");
    }
}

#[tokio::test]
async fn readiness_is_json_by_default() {
    let server = start(empty().health(health())).await;
    let response = get(server, "/readyz", &[]).await;
    let mut document = response.json();
    for check in ["db", "disk", "queue"] {
        for time in ["duration_seconds", "age_seconds"] {
            assert!(document["checks"][check][time].take().as_f64().unwrap() < 5.0, "{check} {time}");
        }
    }
    let check = |ok, status: &str, error: Option<&str>, critical| {
        let mut check = json!({
            "ok": ok, "status": status, "critical": critical, "kind": "readiness",
            "duration_seconds": null, "age_seconds": null,
        });
        if let Some(error) = error {
            check["error"] = error.into();
        }
        check
    };
    let expected = json!({"status": "unhealthy", "checks": {
        "db": check(true, "healthy", None, true),
        "disk": check(false, "degraded", Some("91 % full"), false),
        "queue": check(false, "unhealthy", Some("connection refused"), true),
    }});
    assert_eq!((response.status, response.header("content-type"), document), (503, Some("application/json"), expected));
}

#[tokio::test]
async fn readiness_is_text_if_verbose_or_accepted() {
    let server = start(empty().health(health())).await;
    let body = "[+]db ok\n[!]disk degraded: 91 % full\n[-]queue failed: connection refused\nunhealthy\n";
    let expected = build_response(503, TEXT, &[], body);
    assert_eq!(get(server, "/readyz?verbose", &[]).await, expected);
    assert_eq!(get(server, "/readyz", &["Accept: text/plain"]).await, expected);
    assert_eq!(get(server, "/readyz", &["Accept: */*"]).await.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn excluded_checks_are_ignored_and_unknown_ones_cause_a_warning() {
    let server = start(empty().health(health())).await;
    assert_eq!(
        get(server, "/readyz?verbose&exclude=queue&exclude=disk", &[]).await,
        build_response(200, TEXT, &[], "[+]db ok\n[+]disk excluded: ok\n[+]queue excluded: ok\nhealthy\n")
    );
    let body = "warning: unknown readiness check `x\\ny`\n\
                [+]db ok\n[!]disk degraded: 91 % full\n[+]queue excluded: ok\ndegraded\n";
    assert_eq!(
        get(server, "/readyz?verbose&exclude=queue&exclude=x%0ay", &[]).await,
        build_response(200, TEXT, &[], body),
        "names are escaped"
    );
    let unknown = get(server, "/readyz?exclude=nosuch", &[]).await;
    assert_eq!((unknown.status, &unknown.json()["warnings"]), (503, &json!(["unknown readiness check `nosuch`"])));
}

#[tokio::test]
async fn failure_reasons_require_the_permission() {
    let server = start(empty().health(health()).policy(policy())).await;
    let withheld = "[+]db ok\n[!]disk degraded\n[-]queue failed: reason withheld\nunhealthy\n";
    let shown = "[+]db ok\n[!]disk degraded: 91 % full\n[-]queue failed: connection refused\nunhealthy\n";
    for (headers, body) in [
        (vec![], withheld),
        (vec![basic("bob:bob")], withheld),
        (vec![basic("alice:wrong")], withheld),
        (vec!["Authorization: nonsense".to_owned()], withheld),
        (vec![basic("alice:alice")], withheld),
    ] {
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        assert_eq!(get(server, "/readyz?verbose", &headers).await, build_response(503, TEXT, &[], body), "{headers:?}");
    }
    // Probes accept only cached logins, so another endpoint has to verify the passwords first.
    for user in ["alice", "bob"] {
        assert_eq!(get(server, "/admin/whoami", &[&basic(&format!("{user}:{user}"))]).await.status, 200);
    }
    for (user, body) in [("alice:alice", shown), ("bob:bob", withheld), ("alice:wrong", withheld)] {
        let response = get(server, "/readyz?verbose", &[&basic(user)]).await;
        assert_eq!(response, build_response(503, TEXT, &[], body), "{user}");
    }
}

#[tokio::test]
async fn panicking_check_fails_and_the_server_keeps_running() {
    let health = Health::new();
    health.register("bug", |_context| async {
        if true {
            panic!("index out of bounds");
        }
    });
    let server = start(empty().health(Arc::new(health))).await;
    let expected = build_response(503, TEXT, &[], "[-]bug failed: panicked: index out of bounds\nunhealthy\n");
    for _ in 0..2 {
        assert_eq!(get(server, "/readyz?verbose", &[]).await, expected);
        assert_eq!(get(server, "/livez", &[]).await.status, 200);
    }
}

#[tokio::test]
async fn startup_is_503_until_all_checks_have_passed_once_then_always_200() {
    let health = Health::new();
    let (warm, is_warm) = tokio::sync::watch::channel(false);
    let check = CheckDescriptor::new("cache").kind(CheckKind::Startup);
    health.register_check(check, move |_context| std::future::ready(*is_warm.borrow())).unwrap();
    let server = start(empty().health(Arc::new(health))).await;
    assert_eq!(get(server, "/startupz", &[]).await.status, 503);
    warm.send_replace(true);
    // A result is cached for ten times the duration of the check, so the next probe may still see the previous one.
    let ready = async { while get(server, "/startupz", &[]).await.status != 200 {} };
    tokio::time::timeout(Duration::from_secs(5), ready).await.unwrap();
    warm.send_replace(false);
    assert_eq!(get(server, "/startupz", &[]).await.status, 200);
}

// ---- metrics and info -----------------------------------------------------------------------------

#[tokio::test]
async fn metrics_are_in_the_text_format_by_default() {
    let metrics = Metrics::new();
    metrics.counter("orders_total").add(2, &[]);
    let server = start(empty().metrics(Arc::new(metrics))).await;
    let content_type = "content-type: text/plain; version=0.0.4; charset=utf-8";
    let vary = "vary: Accept, Accept-Encoding";
    let expected = build_response(200, content_type, &[vary], "# TYPE orders_total counter\norders_total 2\n");
    assert_eq!(get(server, "/metrics", &[]).await, expected);
}

#[tokio::test]
async fn protected_metrics_require_the_permission() {
    let server = start(empty().policy(policy()).protect_metrics()).await;
    assert_eq!(
        get(server, "/metrics", &[]).await,
        unauthorized("authentication required; send `Basic` or `Bearer` credentials in `Authorization`")
    );
    assert_eq!(get(server, "/metrics", &[&basic("bob:bob")]).await.status, 403);
    assert_eq!(get(server, "/metrics", &[&basic("sam:sam")]).await.status, 200);
    assert_eq!(
        get(server, "/metrics", &[&basic("alice:alice")]).await.status,
        200,
        "`admin:read` implies `metrics:read`"
    );
}

struct Broken;

impl Introspector for Broken {
    fn components(&self) -> Vec<String> {
        panic!("no components today")
    }
}

#[tokio::test]
async fn info_has_all_sections_and_shows_an_error_for_a_panicking_contributor() {
    let cluster = StaticCluster::new(Member::new("n1", "host1:9464"), []);
    let builder = empty().info("version", "1.2.3").introspector(Broken).cluster(cluster);
    let info = get(start(builder).await, "/info", &[]).await;
    let document = info.json();
    let sections: Vec<_> = document.as_object().unwrap().keys().collect();
    assert_eq!(
        sections,
        [
            "build",
            "cluster",
            "components",
            "limits",
            "metrics",
            "name",
            "policy",
            "process",
            "runtime",
            "tls",
            "version"
        ]
    );
    assert_eq!(document["version"], "1.2.3");
    assert_eq!(document["components"], json!({"error": "panicked: no components today"}));
    assert_eq!(document["cluster"], json!([{"id": "n1", "addr": "host1:9464", "self": true}]));
    assert_eq!(document["process"]["pid"], std::process::id());
    let limits = format!("{:#?}", ops::Limits::default()).lines().count() - 2;
    assert_eq!(document["limits"].as_object().unwrap().len(), limits, "all limits");
    assert_eq!(document["limits"]["max_connections"], 1024);
    assert_eq!(document["limits"]["probe_budget_seconds"], 0.8);
    assert_eq!(document["limits"]["audit_timeout_seconds"], 2.0);
    assert_eq!((info.status, info.header("content-type")), (200, Some("application/json")));
}

// ---- access control ---------------------------------------------------------------------------------

#[tokio::test]
async fn without_a_policy_loopback_serves_only_local_hosts() {
    let server = start(empty()).await;
    let refused = problem(
        421,
        "Misdirected Request",
        "unknown host: only `localhost`, literal addresses and configured names are served; \
         add the name with `Api::builder().hosts(..)`",
        &[],
    );
    let evil = ["Host: evil.example"];
    for path in ["/info", "/metrics", "/admin", "/admin/whoami", "/nothing"] {
        assert_eq!(get(server, path, &evil).await, refused, "{path}");
    }
    for path in ["/livez", "/healthz", "/readyz", "/startupz"] {
        assert_eq!(get(server, path, &evil).await.status, 200, "{path} accepts any host");
    }
    for host in ["Host: localhost", "Host: localhost:1", "Host: [::1]:9464"] {
        assert_eq!(get(server, "/info", &[host]).await.status, 200, "{host}");
    }
    let two = get(server, "/info", &["Host: localhost", "Host: evil.example"]).await;
    assert_eq!(two, problem(400, "Bad Request", "missing or duplicate `Host` header; send exactly one", &[]));
    assert_eq!(get(server, "http://evil.example/info", &["Host: localhost"]).await, refused);
}

#[tokio::test]
async fn cors_is_never_allowed() {
    let server = start(empty()).await;
    let preflight = [
        "Origin: http://evil.example",
        "Access-Control-Request-Method: PUT",
        "Access-Control-Request-Headers: x-ops-request",
    ];
    for (method, path, status) in [("GET", "/info", 200), ("OPTIONS", "/info", 405), ("OPTIONS", "/admin/drain", 405)] {
        let response = request(server, method, path, &preflight).await;
        assert_eq!(response.status, status, "{method} {path}");
        assert!(!response.headers.iter().any(|header| header.starts_with("access-control-")), "{response:?}");
    }
}

#[tokio::test]
async fn configured_hosts_are_served_and_others_are_rejected() {
    let named = || empty().hosts(["ops.example"]);
    let open = start(named()).await;
    let guarded = start(named().policy(policy())).await;
    let alice = basic("alice:alice");
    for (host, status) in [("ops.example", 200), ("OPS.example:9464", 200), ("localhost", 200), ("evil.example", 421)] {
        let host = format!("Host: {host}");
        assert_eq!(get(open, "/info", &[&host]).await.status, status, "{host}");
        assert_eq!(get(guarded, "/info", &[&host, &alice]).await.status, status, "{host}, with a policy");
        assert_eq!(get(guarded, "/livez", &[&host]).await.status, 200, "{host}, a probe");
    }
}

#[tokio::test]
async fn without_a_policy_a_network_address_serves_only_public_endpoints() {
    let server = start_at("0.0.0.0:0", empty()).await;
    for path in ["/livez", "/healthz", "/readyz", "/startupz", "/metrics"] {
        assert_eq!(get(server, path, &["Host: app:9464"]).await.status, 200, "{path}");
    }
    let refused = problem(
        403,
        "Forbidden",
        "access denied: no policy is set and this address is reachable from other machines; \
         set one with `Api::builder().policy(..)`",
        &[],
    );
    for path in ["/info", "/admin", "/admin/whoami", "/admin/catalog", "/nothing"] {
        assert_eq!(get(server, path, &[]).await, refused, "{path}");
        assert_eq!(request(server, "DELETE", path, &[]).await, refused, "{path}");
    }
}

#[tokio::test]
async fn without_a_policy_protected_metrics_are_served_only_on_loopback() {
    let wildcard = start_at("0.0.0.0:0", empty().protect_metrics()).await;
    assert_eq!(get(wildcard, "/metrics", &[]).await.status, 403);
    let here = start(empty().protect_metrics()).await;
    assert_eq!(get(here, "/metrics", &[]).await.status, 200);
}

#[tokio::test]
async fn anonymous_callers_cannot_discover_paths() {
    let server = start(empty().policy(policy())).await;
    let refused = unauthorized("authentication required; send `Basic` or `Bearer` credentials in `Authorization`");
    for path in
        ["/info", "/admin", "/admin/whoami", "/admin/catalog", "/nothing", "/info/", "//info", "/INFO", "/%69nfo"]
    {
        for method in ["GET", "POST", "DELETE", "OPTIONS", "PROPFIND"] {
            assert_eq!(request(server, method, path, &[]).await, refused, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn authenticated_callers_get_the_missing_permission_or_404() {
    let server = start(empty().policy(policy())).await;
    let bob = basic("bob:bob");
    let forbidden = problem(403, "Forbidden", "permission denied: this route requires `admin:read`", &[]);
    assert_eq!(get(server, "/info", &[&bob]).await, forbidden);
    assert_eq!(get(server, "/admin/catalog", &[&bob]).await, forbidden);
    let not_found = problem(404, "Not Found", "unknown path; see `/admin` for the available routes", &[]);
    for path in ["/nothing", "/info/", "//info", "/INFO", "/%69nfo", "/admin/whoami/"] {
        assert_eq!(get(server, path, &[&bob]).await, not_found, "{path}");
    }
}

#[tokio::test]
async fn invalid_and_malformed_credentials_are_401() {
    let server = start(empty().policy(policy())).await;
    let wrong = unauthorized("authentication failed: invalid credentials");
    for credentials in ["alice:wrong", "ghost:alice", "Alice:alice", "alice :alice"] {
        assert_eq!(get(server, "/info", &[&basic(credentials)]).await, wrong, "{credentials}");
    }
    let good = basic("alice:alice");
    let malformed = "malformed `Basic` credentials; send the Base64 encoding of `user:password` in UTF-8";
    for (headers, detail) in [
        (&["Authorization: Digest x"][..], "unsupported `Authorization` scheme; use `Basic` or `Bearer`"),
        (&["Authorization: Basic ?"], malformed),
        (&["Authorization: Basic"], malformed),
        (&["Authorization: Bearer a b"], "malformed `Bearer` token; send a single token as it was issued"),
        (&[&good, &good], "duplicate `Authorization` header; send exactly one"),
    ] {
        assert_eq!(get(server, "/info", headers).await, unauthorized(detail), "{headers:?}");
    }
    assert_eq!(get(server, "/info", &[&good]).await.status, 200);
}

#[tokio::test]
async fn policy_changes_apply_to_the_next_request() {
    let policy = Arc::new(policy());
    let server = start(empty().policy(policy.clone())).await;
    let bob = basic("bob:bob");
    assert_eq!(get(server, "/info", &[&bob]).await.status, 403);
    policy.grant("bob", "viewer").unwrap();
    assert_eq!(get(server, "/info", &[&bob]).await.status, 200);
    policy.remove_user("bob");
    assert_eq!(get(server, "/info", &[&bob]).await.status, 401);
}

#[tokio::test]
async fn wrong_method_is_405_with_allow() {
    let server = start(empty().policy(policy())).await;
    let refused = problem(405, "Method Not Allowed", "method not allowed; use GET, HEAD", &["allow: GET, HEAD"]);
    for path in ["/livez", "/readyz", "/metrics"] {
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"] {
            assert_eq!(request(server, method, path, &[]).await, refused, "{method} {path}");
        }
    }
    let bob = basic("bob:bob");
    assert_eq!(request(server, "POST", "/info", &[&bob]).await, refused, "authenticated");
}

// ---- /admin -------------------------------------------------------------------------------------------

#[tokio::test]
async fn whoami_shows_the_roles_and_permissions_of_the_caller() {
    let server = start(empty().policy(policy())).await;
    for (credentials, body) in [
        ("alice:alice", r#"{"user":"alice","authentication":"basic","roles":["viewer"],"permissions":["admin:read"]}"#),
        ("bob:bob", r#"{"user":"bob","authentication":"basic","roles":[],"permissions":[]}"#),
    ] {
        assert_eq!(get(server, "/admin/whoami", &[&basic(credentials)]).await, build_response(200, JSON, &[], body));
    }
    let open = start(empty()).await;
    let body = r#"{"user":null,"authentication":null,"roles":[],"permissions":["*"]}"#;
    assert_eq!(get(open, "/admin/whoami", &[]).await, build_response(200, JSON, &[], body), "without a policy");
}

#[tokio::test]
async fn links_are_the_routes_that_the_caller_may_use() {
    let server = start(empty().policy(policy()).protect_metrics()).await;
    let links = async |credentials: &str| {
        let document = get(server, "/admin", &[&basic(credentials)]).await.json();
        let links = document["links"].as_array().unwrap().iter();
        links.map(|link| link["href"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let bob = ["/admin", "/admin/whoami", "/healthz", "/livez", "/readyz", "/startupz"];
    assert_eq!(links("bob:bob").await, bob);
    let sam = ["/admin", "/admin/whoami", "/healthz", "/livez", "/metrics", "/readyz", "/startupz"];
    assert_eq!(links("sam:sam").await, sam);
    let alice = [
        "/admin",
        "/admin/audit",
        "/admin/catalog",
        "/admin/health",
        "/admin/health/events",
        "/admin/health/history",
        "/admin/whoami",
        "/healthz",
        "/info",
        "/livez",
        "/metrics",
        "/readyz",
        "/readyz/{name}",
        "/startupz",
    ];
    assert_eq!(links("alice:alice").await, alice);
    let document = get(server, "/admin", &[&basic("alice:alice")]).await.json();
    let info = json!({
        "href": "/info", "method": "GET", "permission": "admin:read",
        "summary": "build, process, runtime and components of the program",
    });
    assert_eq!(document["links"][8], info);
}

#[tokio::test]
async fn catalog_rejects_an_invalid_kind() {
    let server = start(empty()).await;
    let refused = problem(400, "Bad Request", "invalid `kind`; use `check`, `metric` or `span`", &[]);
    assert_eq!(get(server, "/admin/catalog?kind=metrics", &[]).await, refused);
    assert_eq!(get(server, "/admin/catalog?kind=check", &[]).await.json(), json!({"items": Value::Array(vec![])}));
}

// ---- builder arguments --------------------------------------------------------------------------------

#[tokio::test]
async fn builders_take_values_shared_values_and_trait_objects() {
    let cluster = || StaticCluster::new(Member::new("n1", "host1:9464"), []);
    let written = Arc::new(Mutex::new(Lines::default()));
    let owned = Api::builder().health(Health::new()).metrics(Metrics::new()).introspector(Broken).cluster(cluster());
    let shared = Api::builder()
        .health(Arc::new(Health::new()))
        .metrics(Arc::new(Metrics::new()))
        .introspector(Arc::new(Broken) as Arc<dyn Introspector>)
        .cluster(Box::new(cluster()) as Box<dyn Cluster>);
    for builder in [owned.audit_sink(Box::new(NullSink) as Box<dyn Sink>), shared.audit_sink(written.clone())] {
        let server = start(builder).await;
        assert_eq!(get(server, "/info", &[]).await.json()["cluster"][0]["id"], "n1");
        let headers = ["X-Ops-Request: 1", "Content-Type: application/json"];
        assert_eq!(request(server, "PUT", "/admin/drain", &headers).await.status, 200);
    }
    assert!(
        written.lock().unwrap().0.iter().any(|line| line.contains("\"/admin/drain\"")),
        "the shared sink has the record"
    );
}

/// A sink that stores the lines.
#[derive(Default)]
struct Lines(Vec<String>);

impl Sink for Lines {
    fn write(&mut self, line: &str) -> std::io::Result<()> {
        self.0.push(line.to_owned());
        Ok(())
    }
}

#[tokio::test]
async fn requests_require_exactly_one_host_and_probes_at_most_one() {
    for builder in [empty(), empty().policy(policy())] {
        let server = start(builder).await;
        let status = async |request: &str| parse(&exchange(server, &format!("{request}\r\n\r\n")).await).status;
        let known = basic("alice:alice");
        for (path, is_probe) in [("/livez", true), ("/readyz", true), ("/metrics", false), ("/info", false)] {
            let of = |version, host| format!("GET {path} HTTP/{version}\r\n{known}\r\nConnection: close{host}");
            for two in ["\r\nHost: localhost\r\nHost: localhost", "\r\nHost: local host"] {
                assert_eq!(status(&of("1.1", two)).await, 400, "{path} {two:?}");
            }
            assert_eq!(status(&of("1.1", "")).await, if is_probe { 200 } else { 400 }, "{path}");
            assert_eq!(status(&of("1.1", "\r\nHost: localhost")).await, 200, "{path}");
        }
        let plain = "GET /livez HTTP/1.1\r\nConnection: close";
        assert_eq!(status(plain).await, 200);
        assert_eq!(status(&format!("{plain}\r\nHost: a\r\nHost: b")).await, 400);
    }
}

#[tokio::test]
async fn with_a_policy_loopback_serves_only_known_hosts() {
    let server = start(empty().policy(policy())).await;
    let known = basic("alice:alice");
    for (path, status) in [("/info", 421), ("/metrics", 421), ("/nothing", 421), ("/readyz", 200), ("/livez", 200)] {
        assert_eq!(get(server, path, &[&known, "Host: evil.example"]).await.status, status, "{path}");
    }
    let named = start(empty().policy(policy()).hosts(["ops.example"])).await;
    assert_eq!(get(named, "/info", &[&known, "Host: ops.example"]).await.status, 200);
}

#[tokio::test]
async fn info_shows_the_name_of_the_program_by_default() {
    let server = start(empty()).await;
    let name = get(server, "/info", &[]).await.json()["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("api-"), "{name}");
    let server = start(empty().info("name", "orders").info("version", "1.2.3")).await;
    let info = get(server, "/info", &[]).await.json();
    assert_eq!((&info["name"], &info["version"]), (&"orders".into(), &"1.2.3".into()));
}
