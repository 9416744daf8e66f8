//! Response headers: every response has the required ones, and none but required and optional ones.

use super::{InMemoryServer, send, statuses};
use crate::admin::{self, AdminState, ApiConfig, Exposure, Limits};
use crate::rbac::{Cost, Policy};
use axum::Router;
use axum::routing::get;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Headers of every response, sorted by name.
const REQUIRED: [&str; 7] = [
    "cache-control: no-store",
    "content-security-policy: default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy: same-origin",
    "cross-origin-resource-policy: same-origin",
    "referrer-policy: no-referrer",
    "x-content-type-options: nosniff",
    "x-frame-options: DENY",
];

/// Names of headers that some responses have.
///
/// None reveals the server software, allows another origin, or echoes the request.
const OPTIONAL: [&str; 12] = [
    "allow",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "retry-after",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "www-authenticate",
    "location",
];

fn config(change: impl FnOnce(&mut ApiConfig)) -> ApiConfig {
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    policy.add_user("root", &["owner"]);
    policy.add_user("unprivileged", &[]);
    let mut config = ApiConfig { policy: Some(Arc::new(policy)), ..ApiConfig::empty() };
    change(&mut config);
    config
}

fn server(config: ApiConfig) -> InMemoryServer {
    let limits = config.limits.clone();
    let admin = AdminState::for_tests(config, Exposure::Network);
    InMemoryServer::new(admin::Responder::new(&admin), limits)
}

/// Sends a request. Returns the status and the header lines of the only response.
async fn head(server: &InMemoryServer, request: &str) -> (u16, Vec<String>) {
    let response = send(server, request.as_bytes()).await;
    let (head, _) = response.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no response to {request}: {response}"));
    (statuses(head)[0], head.split("\r\n").skip(1).map(str::to_owned).collect())
}

/// Returns requests that provoke every kind of response except a panic.
fn requests(token: &str, other: &str) -> Vec<String> {
    let bearer = |token: &str| format!("Authorization: Bearer {token}\r\n");
    let credentials =
        [String::new(), bearer(token), bearer(other), bearer("ops_x"), "Authorization: Basic %\r\n".into()];
    let mark = "X-Ops-Request: 1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n";
    let bodies = [
        (String::new(), ""),
        (mark.to_owned(), "{}"),
        ("Content-Length: 2\r\n".to_owned(), "{}"),
        (mark.replace("/json", "/xml"), "{}"),
        (mark.replace(": 2", ": 100000"), ""),
        (format!("{mark}Sec-Fetch-Site: cross-site\r\nOrigin: http://evil.example\r\n"), "{}"),
    ];
    let mut paths: Vec<_> = admin::table().iter().map(|route| route.path.replace("{name}", "x")).collect();
    paths.dedup();
    paths.extend(["/", "/nothing", "/readyz?%ff=%", "/metrics?%ff", "/admin/health/events/"].map(str::to_owned));
    let mut requests = Vec::new();
    for path in paths {
        // A GET of the event stream would never end.
        let methods: &[_] = if path == "/admin/health/events" {
            &["HEAD", "PUT"]
        } else {
            &["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
        };
        for (method, caller) in methods.iter().flat_map(|method| credentials.iter().map(move |caller| (method, caller)))
        {
            for (headers, body) in &bodies {
                requests.push(format!(
                    "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                     X-Request-Id: reflected\r\ntraceparent: reflected\r\n{caller}{headers}\r\n{body}"
                ));
            }
        }
    }
    let many = "X: y\r\n".repeat(65);
    requests.push(format!("GET /readyz HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"));
    requests.push("GET /info HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".to_owned());
    requests.push("GET /info HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned());
    requests
}

/// Sends all requests and checks the headers of their responses. Returns the statuses seen.
async fn check_responses(config: ApiConfig, strict_transport: Option<&str>) -> BTreeSet<u16> {
    let policy = config.policy.clone().unwrap();
    let tokens = ["root", "unprivileged"].map(|user| policy.issue_token(user, None).unwrap());
    let server = server(config);
    let mut seen = BTreeSet::new();
    for request in requests(tokens[0].reveal(), tokens[1].reveal()) {
        let (status, lines) = head(&server, &request).await;
        seen.insert(status);
        assert_headers(&lines, strict_transport, &format!("{status} to {request}"));
    }
    // Six failed logins in a row as the same user trigger throttling.
    for _ in 0..6 {
        let wrong = "GET /info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Basic cm9vdDp3cm9uZw==\r\n\r\n";
        let (status, lines) = head(&server, wrong).await;
        seen.insert(status);
        assert_headers(&lines, strict_transport, &format!("{status} to a wrong password"));
    }
    seen
}

#[track_caller]
fn assert_headers(lines: &[String], strict_transport: Option<&str>, case: &str) {
    for required in REQUIRED {
        assert_eq!(lines.iter().filter(|line| *line == required).count(), 1, "{required} in {case}: {lines:?}");
    }
    let actual = lines.iter().find_map(|line| line.strip_prefix("strict-transport-security: "));
    assert_eq!(actual, strict_transport, "{case}");
    for line in lines {
        let name = line.split(':').next().unwrap();
        assert!(OPTIONAL.contains(&name) || REQUIRED.contains(&line.as_str()), "{line} in {case}");
        assert!(!line.contains("reflected") && !line.contains("evil"), "{line} in {case}");
    }
    let has_type = lines.iter().any(|line| line.starts_with("content-type: "));
    let is_empty = lines.iter().any(|line| line == "content-length: 0");
    assert!(has_type || is_empty, "a body without a type in {case}: {lines:?}");
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let plain = config(|config| config.hosts.extend(["ops.example".to_owned()]));
    let mut seen = check_responses(plain, None).await;
    let failing = config(|config| config.health.register("db", |_context| async { false }));
    seen.extend(check_responses(failing, None).await);
    assert_eq!(seen, BTreeSet::from([200, 400, 401, 403, 404, 405, 413, 415, 421, 429, 431, 503]));
}

#[tokio::test]
async fn response_after_a_panic_has_the_security_headers() {
    let router = Router::new().route(
        "/",
        get(|| async {
            if true {
                panic!("the secret")
            }
        }),
    );
    let server = InMemoryServer::new(router, Limits::default());
    let (status, lines) = head(&server, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert_eq!(status, 500);
    assert_headers(&lines, None, "a panic");
}

/// hyper itself responds to malformed requests.
///
/// These responses need no security headers, because they have no body.
#[tokio::test]
async fn malformed_requests_get_an_empty_response() {
    let server = server(config(|_| {}));
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(40_000));
    for (request, expected) in [("nonsense\r\n\r\n", 400), ("GET / HTTP/9.9\r\n\r\n", 400), (&long, 431)] {
        let (status, lines) = head(&server, request).await;
        let headers: Vec<_> = lines.iter().map(String::as_str).filter(|line| !line.starts_with("date: ")).collect();
        assert_eq!((status, headers), (expected, vec!["connection: close", "content-length: 0"]), "{request:.40}");
    }
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn sends_strict_transport_security_only_if_configured() {
    use crate::tls::tests::Authority;
    let authority = Authority::new();
    let year = std::time::Duration::from_secs(365 * 24 * 60 * 60);
    for (tls, max_age) in
        [(authority.settings(), None), (authority.settings().strict_transport_security(year), Some("max-age=31536000"))]
    {
        let files = Arc::new(crate::tls::TlsFiles::open(&tls).unwrap());
        let seen = check_responses(config(|config| config.tls = Some(files)), max_age).await;
        assert!(seen.is_superset(&BTreeSet::from([200, 401, 403, 404, 405, 413, 429, 431])), "{seen:?}");
    }
}
