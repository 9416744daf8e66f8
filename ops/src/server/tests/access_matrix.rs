//! Access control matrix: every route, method, kind of caller, and spelling of the path.
//!
//! The spellings are ones that have bypassed access control in other servers. The cases are generated from the route table, so
//! new routes are included.

use super::InMemoryServer;
use crate::admin::{self, AdminState, ApiConfig, Exposure, Limits, RouteAccess};
use crate::rbac::{Cost, Policy, Token};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const METHODS: [&str; 12] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY", "get"];

/// Headers that some servers interpret as another method, path or client.
const IGNORED: &str = "X-HTTP-Method-Override: GET\r\nX-Original-URL: /livez\r\nX-Rewrite-URL: /livez\r\n\
                       X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: localhost\r\nForwarded: for=127.0.0.1\r\n";

/// Returns targets that are equivalent to `path`; the last names another host than the `Host` header.
fn equivalent_targets(path: &str) -> [String; 5] {
    let absolute = |host: &str| format!("http://{host}{path}");
    [path.to_owned(), format!("{path}?x=y"), format!("{path}#x"), absolute("localhost"), absolute("elsewhere.example")]
}

/// Returns targets that resemble `path` but are not equivalent to it.
fn other_targets(path: &str) -> [String; 29] {
    let rest = &path[1..];
    let (first, last) = (rest.chars().next().unwrap_or('x'), path.len() - 1);
    [
        format!("{path}/"),
        format!("/{path}"),
        format!("{path}//"),
        format!("/.{path}"),
        format!("{path}/."),
        format!("{path}/./"),
        format!("{path}/.."),
        format!("/x/..{path}"),
        format!("{path}/../{rest}"),
        format!("{path}%2e"),
        format!("/%2e{path}"),
        format!("%2f{rest}"),
        format!("/%2f{rest}"),
        format!("/%252f{rest}"),
        format!("/%{:02x}{}", first as u32, &rest[first.len_utf8()..]),
        format!("/%25{:02x}{}", first as u32, &rest[first.len_utf8()..]),
        format!("{path};x"),
        format!("{path};jsessionid=1"),
        path.to_uppercase(),
        format!("{path}%20"),
        format!("{path}%00"),
        format!("{path}%0a"),
        format!("{path}\\"),
        format!("{path}.json"),
        format!("{}\u{ff0f}{rest}", ""),
        path[..last].to_owned(),
        rest.to_owned(),
        "*".to_owned(),
        String::new(),
    ]
}

struct Caller {
    name: &'static str,
    credentials: String,
    is_known: bool,
    policy: Arc<Policy>,
}

impl Caller {
    fn may(&self, permission: &str) -> bool {
        self.is_known && self.policy.can(self.name, permission)
    }
}

fn callers() -> (Arc<Policy>, Vec<Caller>) {
    let policy = Arc::new(Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles());
    policy.add_role("writer", &["admin:write", "cache:*"]);
    policy.add_role("namespace", &["health:*"]);
    let mut callers = Vec::new();
    let bearer = |token: Token| format!("Authorization: Bearer {}\r\n", token.reveal());
    for (name, role) in [
        ("unprivileged", None),
        ("reader", Some("viewer")),
        ("namespace", Some("namespace")),
        ("writer", Some("writer")),
        ("root", Some("owner")),
    ] {
        policy.add_user(name, &Vec::from_iter(role));
        let credentials = bearer(policy.issue_token(name, None).unwrap());
        callers.push(Caller { name, credentials, is_known: true, policy: policy.clone() });
    }
    let expired = bearer(policy.issue_token("root", Some(SystemTime::UNIX_EPOCH)).unwrap());
    let unknown = bearer(Token::generate().unwrap());
    for (name, credentials) in [("anonymous", String::new()), ("bad", unknown), ("expired", expired)] {
        callers.push(Caller { name, credentials, is_known: false, policy: policy.clone() });
    }
    (policy, callers)
}

/// Sends a request. Returns the status of the response, or 0 if the connection was closed without one.
async fn send(server: &InMemoryServer, method: &str, target: &str, credentials: &str) -> u16 {
    let (mut stream, _serving) = server.connect(64 * 1024);
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close, authorization\r\n{credentials}{IGNORED}X-Ops-Request: 1\r\n\
         Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // Event streams never end.
    let mut start = [0; 12];
    match stream.read_exact(&mut start).await {
        Ok(_) => std::str::from_utf8(&start[9..]).unwrap().parse().unwrap(),
        Err(_closed) => 0,
    }
}

/// Returns the rows whose path pattern matches `target`, which has no query.
fn matching(rows: &[admin::TableRow], target: &str) -> Vec<admin::TableRow> {
    let is = |pattern: &str, segment: &str| pattern == segment || (pattern.starts_with('{') && !segment.is_empty());
    let segments: Vec<_> = target.split('/').collect();
    let matches = |row: &&admin::TableRow| {
        let pattern: Vec<_> = row.path.split('/').collect();
        pattern.len() == segments.len() && pattern.iter().zip(&segments).all(|(pattern, segment)| is(pattern, segment))
    };
    rows.iter().filter(matches).cloned().collect()
}

/// Returns the outcome that the table defines for `method` on the path of `routes`.
fn expected(routes: &[admin::TableRow], method: &str, caller: &Caller) -> Expected {
    let handled = if method == "HEAD" { "GET" } else { method };
    let Some(route) = routes.iter().find(|route| route.method.as_str() == handled) else {
        let is_public = routes.iter().all(|route| matches!(route.access, RouteAccess::Public));
        return Expected::Status(if is_public || caller.is_known { 405 } else { 401 });
    };
    match route.access {
        RouteAccess::Public => Expected::Handled,
        _ if !caller.is_known => Expected::Status(401),
        RouteAccess::Restricted(Some(permission)) if !caller.may(permission) => Expected::Status(403),
        RouteAccess::Restricted(_) => Expected::Handled,
    }
}

#[derive(Debug, PartialEq)]
enum Expected {
    Status(u16),
    /// Any status of the handler that does not deny access.
    Handled,
}

#[tokio::test]
async fn every_spelling_of_a_route_enforces_its_permissions() {
    let (policy, callers) = callers();
    let config = ApiConfig { policy: Some(policy), ..ApiConfig::empty() };
    let admin = AdminState::for_tests(config, Exposure::Network);
    let server =
        InMemoryServer::new(admin::Responder::new(&admin), Limits::default().max_connections_per_address(1_000));
    let rows = admin::table();
    let mut paths: Vec<_> = rows.iter().map(|route| route.path).collect();
    paths.dedup();
    let spellings = equivalent_targets("/x").len() + other_targets("/x").len();
    let all = paths.len() * METHODS.len() * callers.len() * spellings;
    let (mut requests, mut violations) = (0, Vec::new());
    for path in paths {
        let routes: Vec<_> = rows.iter().filter(|route| route.path == path).cloned().collect();
        for (method, caller) in METHODS.iter().flat_map(|method| callers.iter().map(move |caller| (method, caller))) {
            let mut record = |target: &str, status: u16, is_correct: bool| {
                requests += 1;
                if !is_correct {
                    violations.push(format!("{} {method} {target:?}: {status}", caller.name));
                }
            };
            for target in equivalent_targets(path) {
                let status = send(&server, method, &target, &caller.credentials).await;
                record(
                    &target,
                    status,
                    match expected(&routes, method, caller) {
                        // hyper handles CONNECT and rejects it.
                        _ if *method == "CONNECT" => !(200..300).contains(&status),
                        Expected::Status(expected) => status == expected,
                        Expected::Handled => !matches!(status, 0 | 401 | 403 | 405),
                    },
                );
            }
            for target in other_targets(path) {
                let status = send(&server, method, &target, &caller.credentials).await;
                // Another spelling may match a route with a path parameter; then the permissions of that route apply.
                let found = matching(&rows, &target);
                let is_correct = match (found.is_empty(), caller.is_known) {
                    (true, true) => status == 404,
                    (true, false) => status == 401,
                    (false, _) => match expected(&found, method, caller) {
                        Expected::Status(expected) => status == expected,
                        Expected::Handled => !matches!(status, 0 | 401 | 403 | 405),
                    },
                };
                record(&target, status, is_correct || status == 400);
            }
        }
    }
    assert!(violations.is_empty(), "{} of {requests}:\n{}", violations.len(), violations.join("\n"));
    assert!(requests == all && all > 25_000, "{requests} of {all}");
}
