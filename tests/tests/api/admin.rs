//! The admin API over the wire: who is let in, and what each endpoint answers.

use ops::audit::Sink;
use ops::descriptor::CheckDescriptor;
use ops::rbac::{Cost, Policy};
use ops::{Api, ApiBuilder, CheckKind, Cluster, Health, Introspector, Member, Metrics, Outcome, StaticCluster};
use ops_tests::log::Silent;
use ops_tests::{ALWAYS, Answer, basic, exchange, get, parse, request};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const JSON: &str = "content-type: application/json";
const TEXT: &str = "content-type: text/plain; charset=utf-8";

/// Starts what `builder` makes at a free port. It ends with the process.
async fn start_at(address: &str, builder: ApiBuilder) -> SocketAddr {
    let running = builder.build().unwrap().bind(address).await.unwrap().spawn();
    SocketAddr::from(([127, 0, 0, 1], running.local_addr().unwrap().port()))
}

async fn start(builder: ApiBuilder) -> SocketAddr {
    start_at("127.0.0.1:0", builder).await
}

/// An API of nothing, whatever is linked into this test.
fn empty() -> ApiBuilder {
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).audit_sink(Silent)
}

/// A database that is up, a disk that is nearly full, a queue that is down.
fn health() -> Arc<Health> {
    let health = Health::new();
    health.register("db", |_context| async {});
    health.register("queue", |_context| async { Err::<(), _>("connection refused") });
    let disk = CheckDescriptor::new("disk").critical(false);
    health.register_check(disk, |_context| async { Outcome::degraded("91 % full") }).unwrap();
    Arc::new(health)
}

/// `alice` reads everything, `sam` scrapes, `bob` may do nothing. The passwords are the names.
fn policy() -> Policy {
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    for (user, roles) in [("alice", &["viewer"][..]), ("sam", &["scraper"]), ("bob", &[])] {
        policy.add_user(user, roles);
        policy.set_password(user, user).unwrap();
    }
    policy
}

/// An answer with the headers that every answer has.
fn answer(status: u16, content_type: &str, more: &[&str], body: &str) -> Answer {
    let length = format!("content-length: {}", body.len());
    let here = [content_type, &length];
    let mut headers: Vec<String> = ALWAYS.iter().chain(&here).chain(more).map(|&header| header.to_owned()).collect();
    headers.sort();
    let mut expected = parse("HTTP/1.1 200 OK\r\n\r\n");
    (expected.status, expected.headers, expected.body) = (status, headers, body.to_owned());
    expected
}

fn problem(status: u16, title: &str, detail: &str, more: &[&str]) -> Answer {
    let body = format!(r#"{{"type":"about:blank","title":"{title}","status":{status},"detail":"{detail}"}}"#);
    answer(status, "content-type: application/problem+json", more, &body)
}

fn unauthorized(detail: &str) -> Answer {
    problem(
        401,
        "Unauthorized",
        detail,
        &["www-authenticate: Basic realm=\"ops\", charset=\"UTF-8\"", "www-authenticate: Bearer realm=\"ops\""],
    )
}

// ---- probes -------------------------------------------------------------------------------------

#[tokio::test]
async fn liveness_is_ok_whatever_the_readiness_checks_say() {
    let server = start(empty().health(health())).await;
    for path in ["/livez", "/healthz"] {
        assert_eq!(get(server, path, &[]).await, answer(200, TEXT, &[], "ok\n"), "{path}");
    }
}

#[tokio::test]
async fn liveness_that_fails_names_the_checks_and_nothing_else() {
    let health = Health::new();
    for name in ["leak", "deadlock"] {
        let check = CheckDescriptor::new(name).kind(CheckKind::Liveness);
        health.register_check(check, |_context| async { Err::<(), _>("the secret") }).unwrap();
    }
    let server = start(empty().health(Arc::new(health))).await;
    assert_eq!(get(server, "/livez", &[]).await, answer(503, TEXT, &[], "failing: deadlock, leak\n"));
    assert_eq!(get(server, "/readyz", &[]).await, answer(200, JSON, &[], r#"{"status":"healthy","checks":{}}"#));
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
async fn readiness_is_a_document_of_every_check() {
    let server = start(empty().health(health())).await;
    let answer = get(server, "/readyz", &[]).await;
    let mut document = answer.json();
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
    assert_eq!((answer.status, answer.header("content-type"), document), (503, Some("application/json"), expected));
}

#[tokio::test]
async fn readiness_is_text_for_people() {
    let server = start(empty().health(health())).await;
    let body = "[+]db ok\n[!]disk degraded: 91 % full\n[-]queue failed: connection refused\nunhealthy\n";
    let expected = answer(503, TEXT, &[], body);
    assert_eq!(get(server, "/readyz?verbose", &[]).await, expected);
    assert_eq!(get(server, "/readyz", &["Accept: text/plain"]).await, expected);
    assert_eq!(get(server, "/readyz", &["Accept: */*"]).await.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn excluded_checks_do_not_count_and_unknown_ones_are_a_warning() {
    let server = start(empty().health(health())).await;
    assert_eq!(
        get(server, "/readyz?verbose&exclude=queue&exclude=disk", &[]).await,
        answer(200, TEXT, &[], "[+]db ok\n[+]disk excluded: ok\n[+]queue excluded: ok\nhealthy\n")
    );
    let body = "warning: no readiness check is called `x\\ny`\n\
                [+]db ok\n[!]disk degraded: 91 % full\n[+]queue excluded: ok\ndegraded\n";
    assert_eq!(
        get(server, "/readyz?verbose&exclude=queue&exclude=x%0ay", &[]).await,
        answer(200, TEXT, &[], body),
        "a name cannot add a line"
    );
    let unknown = get(server, "/readyz?exclude=nosuch", &[]).await;
    assert_eq!((unknown.status, &unknown.json()["warnings"]), (503, &json!(["no readiness check is called `nosuch`"])));
}

#[tokio::test]
async fn reasons_are_for_those_who_may_read_them() {
    let server = start(empty().health(health()).policy(policy())).await;
    let withheld = "[+]db ok\n[!]disk degraded\n[-]queue failed: reason withheld\nunhealthy\n";
    let told = "[+]db ok\n[!]disk degraded: 91 % full\n[-]queue failed: connection refused\nunhealthy\n";
    for (headers, body) in [
        (vec![], withheld),
        (vec![basic("bob:bob")], withheld),
        (vec![basic("alice:wrong")], withheld),
        (vec!["Authorization: nonsense".to_owned()], withheld),
        (vec![basic("alice:alice")], withheld),
    ] {
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        assert_eq!(get(server, "/readyz?verbose", &headers).await, answer(503, TEXT, &[], body), "{headers:?}");
    }
    // A probe verifies no password: it takes one that was verified elsewhere.
    for user in ["alice", "bob"] {
        assert_eq!(get(server, "/admin/whoami", &[&basic(&format!("{user}:{user}"))]).await.status, 200);
    }
    for (user, body) in [("alice:alice", told), ("bob:bob", withheld), ("alice:wrong", withheld)] {
        let known = get(server, "/readyz?verbose", &[&basic(user)]).await;
        assert_eq!(known, answer(503, TEXT, &[], body), "{user}");
    }
}

#[tokio::test]
async fn a_check_that_panics_has_failed_and_the_server_goes_on() {
    let health = Health::new();
    health.register("bug", |_context| async {
        if true {
            panic!("index out of bounds");
        }
    });
    let server = start(empty().health(Arc::new(health))).await;
    let expected = answer(503, TEXT, &[], "[-]bug failed: panicked: index out of bounds\nunhealthy\n");
    for _ in 0..2 {
        assert_eq!(get(server, "/readyz?verbose", &[]).await, expected);
        assert_eq!(get(server, "/livez", &[]).await.status, 200);
    }
}

#[tokio::test]
async fn startup_is_503_until_every_startup_check_has_passed_and_200_for_good() {
    let health = Health::new();
    let (warm, is_warm) = tokio::sync::watch::channel(false);
    let check = CheckDescriptor::new("cache").kind(CheckKind::Startup);
    health.register_check(check, move |_context| std::future::ready(*is_warm.borrow())).unwrap();
    let server = start(empty().health(Arc::new(health))).await;
    assert_eq!(get(server, "/startupz", &[]).await.status, 503);
    warm.send_replace(true);
    // A result is reused for ten times as long as the check took, so the next probe may still see the last one.
    let ready = async { while get(server, "/startupz", &[]).await.status != 200 {} };
    tokio::time::timeout(Duration::from_secs(5), ready).await.unwrap();
    warm.send_replace(false);
    assert_eq!(get(server, "/startupz", &[]).await.status, 200);
}

// ---- metrics and info -----------------------------------------------------------------------------

#[tokio::test]
async fn metrics_are_the_text_format() {
    let metrics = Metrics::new();
    metrics.counter("orders_total").add(2, &[]);
    let server = start(empty().metrics(Arc::new(metrics))).await;
    let content_type = "content-type: text/plain; version=0.0.4; charset=utf-8";
    let vary = "vary: Accept, Accept-Encoding";
    let expected = answer(200, content_type, &[vary], "# TYPE orders_total counter\norders_total 2\n");
    assert_eq!(get(server, "/metrics", &[]).await, expected);
}

#[tokio::test]
async fn protected_metrics_need_their_permission() {
    let server = start(empty().policy(policy()).protect_metrics()).await;
    assert_eq!(get(server, "/metrics", &[]).await, unauthorized("this needs credentials"));
    assert_eq!(get(server, "/metrics", &[&basic("bob:bob")]).await.status, 403);
    assert_eq!(get(server, "/metrics", &[&basic("sam:sam")]).await.status, 200);
    assert_eq!(get(server, "/metrics", &[&basic("alice:alice")]).await.status, 200, "admin:read implies it");
}

struct Broken;

impl Introspector for Broken {
    fn components(&self) -> Vec<String> {
        panic!("no components today")
    }
}

#[tokio::test]
async fn info_has_its_sections_and_a_contributor_that_panics_is_an_error_in_its_place() {
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
    assert_eq!(document["limits"].as_object().unwrap().len(), limits, "every one");
    assert_eq!(document["limits"]["max_connections"], 1024);
    assert_eq!(document["limits"]["probe_budget_seconds"], 0.8);
    assert_eq!(document["limits"]["audit_timeout_seconds"], 2.0);
    assert_eq!((info.status, info.header("content-type")), (200, Some("application/json")));
}

// ---- who is let in ----------------------------------------------------------------------------------

#[tokio::test]
async fn without_a_policy_only_local_names_are_answered_on_loopback() {
    let server = start(empty()).await;
    let refused = problem(
        421,
        "Misdirected Request",
        "only `localhost`, literal addresses and the names of `Api::builder().hosts(..)` are answered here",
        &[],
    );
    let evil = ["Host: evil.example"];
    for path in ["/info", "/metrics", "/admin", "/admin/whoami", "/nothing"] {
        assert_eq!(get(server, path, &evil).await, refused, "{path}");
    }
    for path in ["/livez", "/healthz", "/readyz", "/startupz"] {
        assert_eq!(get(server, path, &evil).await.status, 200, "{path} is asked for under whatever name");
    }
    for host in ["Host: localhost", "Host: localhost:1", "Host: [::1]:9464"] {
        assert_eq!(get(server, "/info", &[host]).await.status, 200, "{host}");
    }
    let two = get(server, "/info", &["Host: localhost", "Host: evil.example"]).await;
    assert_eq!(two, problem(400, "Bad Request", "send exactly one `Host` header", &[]));
    assert_eq!(get(server, "http://evil.example/info", &["Host: localhost"]).await, refused);
}

#[tokio::test]
async fn no_page_of_another_origin_is_allowed_to_read_an_answer_or_to_send_more_than_a_form_can() {
    let server = start(empty()).await;
    let asks = [
        "Origin: http://evil.example",
        "Access-Control-Request-Method: PUT",
        "Access-Control-Request-Headers: x-ops-request",
    ];
    for (method, path, status) in [("GET", "/info", 200), ("OPTIONS", "/info", 405), ("OPTIONS", "/admin/drain", 405)] {
        let answer = request(server, method, path, &asks).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(!answer.headers.iter().any(|header| header.starts_with("access-control-")), "{answer:?}");
    }
}

#[tokio::test]
async fn named_hosts_are_answered_and_then_no_others_are() {
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
async fn without_a_policy_other_machines_are_given_the_public_endpoints_only() {
    let server = start_at("0.0.0.0:0", empty()).await;
    for path in ["/livez", "/healthz", "/readyz", "/startupz", "/metrics"] {
        assert_eq!(get(server, path, &["Host: app:9464"]).await.status, 200, "{path}");
    }
    let refused = problem(
        403,
        "Forbidden",
        "no policy is set, and this address can be reached from other machines: set one with `Api::builder().policy(..)`",
        &[],
    );
    for path in ["/info", "/admin", "/admin/whoami", "/admin/catalog", "/nothing"] {
        assert_eq!(get(server, path, &[]).await, refused, "{path}");
        assert_eq!(request(server, "DELETE", path, &[]).await, refused, "{path}");
    }
}

#[tokio::test]
async fn without_a_policy_protected_metrics_are_for_this_machine_only() {
    let everywhere = start_at("0.0.0.0:0", empty().protect_metrics()).await;
    assert_eq!(get(everywhere, "/metrics", &[]).await.status, 403);
    let here = start(empty().protect_metrics()).await;
    assert_eq!(get(here, "/metrics", &[]).await.status, 200);
}

#[tokio::test]
async fn with_a_policy_anonymous_callers_learn_nothing_of_what_there_is() {
    let server = start(empty().policy(policy())).await;
    let refused = unauthorized("this needs credentials");
    for path in
        ["/info", "/admin", "/admin/whoami", "/admin/catalog", "/nothing", "/info/", "//info", "/INFO", "/%69nfo"]
    {
        for method in ["GET", "POST", "DELETE", "OPTIONS", "PROPFIND"] {
            assert_eq!(request(server, method, path, &[]).await, refused, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_known_caller_is_told_what_is_missing() {
    let server = start(empty().policy(policy())).await;
    let bob = basic("bob:bob");
    let forbidden = problem(403, "Forbidden", "this needs the permission `admin:read`", &[]);
    assert_eq!(get(server, "/info", &[&bob]).await, forbidden);
    assert_eq!(get(server, "/admin/catalog", &[&bob]).await, forbidden);
    let not_found = problem(404, "Not Found", "there is nothing at this path: `/admin` lists what there is", &[]);
    for path in ["/nothing", "/info/", "//info", "/INFO", "/%69nfo", "/admin/whoami/"] {
        assert_eq!(get(server, path, &[&bob]).await, not_found, "{path}");
    }
}

#[tokio::test]
async fn wrong_credentials_are_401_whatever_is_wrong_with_them() {
    let server = start(empty().policy(policy())).await;
    let wrong = unauthorized("the credentials are wrong");
    for credentials in ["alice:wrong", "ghost:alice", "Alice:alice", "alice :alice"] {
        assert_eq!(get(server, "/info", &[&basic(credentials)]).await, wrong, "{credentials}");
    }
    let good = basic("alice:alice");
    let malformed =
        "the `Basic` credentials are malformed: send the Base64 of a user name, `:` and a password, in UTF-8";
    for (headers, detail) in [
        (
            &["Authorization: Digest x"][..],
            "the scheme of the `Authorization` header is not supported: use `Basic` or `Bearer`",
        ),
        (&["Authorization: Basic ?"], malformed),
        (&["Authorization: Basic"], malformed),
        (&["Authorization: Bearer a b"], "the `Bearer` token is malformed: send one token as it was issued"),
        (&[&good, &good], "there is more than one `Authorization` header: send one"),
    ] {
        assert_eq!(get(server, "/info", headers).await, unauthorized(detail), "{headers:?}");
    }
    assert_eq!(get(server, "/info", &[&good]).await.status, 200);
}

#[tokio::test]
async fn a_change_of_the_policy_counts_from_the_next_request() {
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
async fn a_wrong_method_is_405_with_what_is_allowed() {
    let server = start(empty().policy(policy())).await;
    let refused = problem(405, "Method Not Allowed", "this path answers to GET, HEAD", &["allow: GET, HEAD"]);
    for path in ["/livez", "/readyz", "/metrics"] {
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"] {
            assert_eq!(request(server, method, path, &[]).await, refused, "{method} {path}");
        }
    }
    let bob = basic("bob:bob");
    assert_eq!(request(server, "POST", "/info", &[&bob]).await, refused, "for whoever is known");
}

// ---- /admin -------------------------------------------------------------------------------------------

#[tokio::test]
async fn whoami_is_the_caller_as_the_policy_has_it() {
    let server = start(empty().policy(policy())).await;
    for (credentials, body) in [
        ("alice:alice", r#"{"user":"alice","authentication":"basic","roles":["viewer"],"permissions":["admin:read"]}"#),
        ("bob:bob", r#"{"user":"bob","authentication":"basic","roles":[],"permissions":[]}"#),
    ] {
        assert_eq!(get(server, "/admin/whoami", &[&basic(credentials)]).await, answer(200, JSON, &[], body));
    }
    let open = start(empty()).await;
    let body = r#"{"user":null,"authentication":null,"roles":[],"permissions":["*"]}"#;
    assert_eq!(get(open, "/admin/whoami", &[]).await, answer(200, JSON, &[], body), "without a policy");
}

#[tokio::test]
async fn the_links_are_what_the_caller_may_use() {
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
        "summary": "what the program is, what it is made of and where it runs",
    });
    assert_eq!(document["links"][8], info);
}

#[tokio::test]
async fn the_catalogue_refuses_a_kind_that_does_not_exist() {
    let server = start(empty()).await;
    let refused = problem(400, "Bad Request", "there is no such kind: `kind` is `check`, `metric` or `span`", &[]);
    assert_eq!(get(server, "/admin/catalog?kind=metrics", &[]).await, refused);
    assert_eq!(get(server, "/admin/catalog?kind=check", &[]).await.json(), json!({"items": Value::Array(vec![])}));
}

// ---- what builders take -------------------------------------------------------------------------------

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
    for builder in [owned.audit_sink(Box::new(Silent) as Box<dyn Sink>), shared.audit_sink(written.clone())] {
        let server = start(builder).await;
        assert_eq!(get(server, "/info", &[]).await.json()["cluster"][0]["id"], "n1");
        let headers = ["X-Ops-Request: 1", "Content-Type: application/json"];
        assert_eq!(request(server, "PUT", "/admin/drain", &headers).await.status, 200);
    }
    assert!(written.lock().unwrap().0.iter().any(|line| line.contains("\"/admin/drain\"")), "a sink that a test reads");
}

/// Keeps the lines of an audit log.
#[derive(Default)]
struct Lines(Vec<String>);

impl Sink for Lines {
    fn write(&mut self, line: &str) -> std::io::Result<()> {
        self.0.push(line.to_owned());
        Ok(())
    }
}

#[tokio::test]
async fn a_request_has_exactly_one_host_and_a_probe_may_have_none() {
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
async fn on_loopback_only_known_hosts_are_answered_with_a_policy_too() {
    let server = start(empty().policy(policy())).await;
    let known = basic("alice:alice");
    for (path, status) in [("/info", 421), ("/metrics", 421), ("/nothing", 421), ("/readyz", 200), ("/livez", 200)] {
        assert_eq!(get(server, path, &[&known, "Host: evil.example"]).await.status, status, "{path}");
    }
    let named = start(empty().policy(policy()).hosts(["ops.example"])).await;
    assert_eq!(get(named, "/info", &[&known, "Host: ops.example"]).await.status, 200);
}

#[tokio::test]
async fn info_has_the_name_of_the_program_by_default() {
    let server = start(empty()).await;
    let name = get(server, "/info", &[]).await.json()["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("api-"), "{name}");
    let server = start(empty().info("name", "orders").info("version", "1.2.3")).await;
    let info = get(server, "/info", &[]).await.json();
    assert_eq!((&info["name"], &info["version"]), (&"orders".into(), &"1.2.3".into()));
}
