//! Auditing of mutations: before and after they run, when they are refused, and when the log fails.

use crate::admin::ApiConfig;
use crate::admin::auth::{Access, Exposure};
use crate::admin::context::{AdminState, respond};
use crate::admin::router::router_of;
use crate::admin::routes::Route;
use crate::audit::{AuditLog, Sink};
use crate::rbac::{Cost, Policy, Token};
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use serde_json::Value;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tower::Service;

static CHANGE: Route = Route::put("/change", Access::Permission("admin:write"), "changes something", |_context| {
    respond(async { StatusCode::NO_CONTENT })
});

/// A sink that sends the lines to a channel, or fails.
struct Lines(Option<std::sync::mpsc::Sender<String>>);

impl Sink for Lines {
    fn write(&mut self, line: &str) -> io::Result<()> {
        let lines = self.0.as_ref().ok_or(io::ErrorKind::StorageFull)?;
        lines.send(line.to_owned()).map_err(io::Error::other)
    }
}

fn admin(sink: Lines) -> Arc<AdminState> {
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    policy.add_user("alice", &["operator"]);
    policy.add_user("bob", &["viewer"]);
    let audit = Arc::new(AuditLog::new(Box::new(sink)).unwrap());
    let config = ApiConfig { policy: Some(Arc::new(policy)), audit, ..ApiConfig::empty() };
    AdminState::for_tests(config, Exposure::Loopback)
}

async fn change(admin: &Arc<AdminState>, route: &'static Route, user: &str, with_csrf_header: bool) -> u16 {
    let token = admin.config.policy.as_ref().unwrap().issue_token(user, None).unwrap();
    change_with(admin, route, &token, with_csrf_header).await
}

async fn change_with(admin: &Arc<AdminState>, route: &'static Route, token: &Token, with_csrf_header: bool) -> u16 {
    let mut request = Request::put("/change")
        .header("host", "localhost")
        .header("authorization", format!("Bearer {}", token.reveal()));
    if with_csrf_header {
        request = request.header("x-ops-request", "1").header("content-type", "application/json");
    }
    let request = request.body(Body::from("{\"password\":\"s3cr3t\"}")).unwrap();
    router_of(admin, &[route]).call(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn mutations_are_recorded_before_and_after_and_when_refused() {
    let (sender, lines) = std::sync::mpsc::channel();
    let admin = admin(Lines(Some(sender)));
    let token = |user| admin.config.policy.as_ref().unwrap().issue_token(user, None).unwrap();
    let (alice, other, bob) = (token("alice"), token("alice"), token("bob"));
    assert_eq!(change_with(&admin, &CHANGE, &alice, true).await, 204);
    assert_eq!(change_with(&admin, &CHANGE, &bob, true).await, 403, "without the permission");
    assert_eq!(change_with(&admin, &CHANGE, &other, false).await, 403, "without the custom header");
    admin.config.audit.flush(Duration::from_secs(5)).await;
    let text: String = lines.try_iter().collect();
    assert!(!text.contains("s3cr3t") && !text.contains("ops_"), "{text}");
    let records: Vec<_> = text
        .lines()
        .map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            let keys = ["event", "user", "authentication", "token", "path"];
            let [event, user, shown, token, path] = keys.map(|key| record[key].as_str().unwrap_or("-").to_owned());
            format!("{event} {user} {shown} {token} {path} {}", record["status"])
        })
        .collect();
    // The first digits of the token digest, as in a policy file.
    let [alice, other, bob] = [alice, other, bob].map(|token| token.digest().to_string()[..8].to_owned());
    assert_eq!(
        records,
        [
            format!("mutation alice bearer {alice} /change null"),
            format!("outcome alice bearer {alice} /change 204"),
            format!("refused bob bearer {bob} /change 403"),
            format!("refused alice bearer {other} /change 403")
        ]
    );
}

#[tokio::test]
async fn mutation_does_not_run_if_its_record_cannot_be_written() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    static COUNTED: Route =
        Route::put("/change", Access::Permission("admin:write"), "counts that it ran", |_context| {
            respond(async {
                RUNS.fetch_add(1, Ordering::SeqCst);
                StatusCode::NO_CONTENT
            })
        });
    let (sender, _lines) = std::sync::mpsc::channel();
    assert_eq!(change(&admin(Lines(Some(sender))), &COUNTED, "alice", true).await, 204);
    assert_eq!(change(&admin(Lines(None)), &COUNTED, "alice", true).await, 503);
    assert_eq!(RUNS.load(Ordering::SeqCst), 1);
}
