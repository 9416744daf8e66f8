//! What requests leave in the audit log, and what is told of it.

use super::caller::Caller;
use super::peer::Peer;
use super::problem::Problem;
use super::routes::Exchange;
use super::state::Admin;
use crate::audit::{Authentication, Event, Record, Refused, Who};
use axum::Json;
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// The record of a request.
fn record(event: Event, who: Who, head: &Parts) -> Record {
    Record {
        event,
        who,
        peer: head.extensions.get().copied().unwrap_or(Peer::Local).to_string(),
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        status: None,
        duration_seconds: None,
        suppressed: 0,
    }
}

/// Says that credentials were wrong.
pub(super) fn login_failed(admin: &Admin, shown: Authentication, user: Option<&str>, head: &Parts) {
    let who = Who { user: user.map(str::to_owned), authentication: Some(shown), token: None };
    // Whoever it was, it was not shown to be the user.
    admin.sources.audit.note_in_share(None, record(Event::LoginFailed, who, head));
}

/// Says that a mutation was refused; one with wrong credentials has been told of already.
pub(super) fn refused(admin: &Admin, problem: &Problem, head: &Parts) {
    if problem.status() == StatusCode::UNAUTHORIZED {
        return;
    }
    let who = problem.who().cloned().unwrap_or_default();
    let user = who.user.clone();
    let record = Record { status: Some(problem.status().as_u16()), ..record(Event::Refused, who, head) };
    admin.sources.audit.note_in_share(user.as_deref(), record);
}

/// A mutation that is in the log, and whose end will be.
pub(super) struct Mutation {
    admin: Arc<Admin>,
    record: Option<Record>,
    started: Instant,
}

impl Mutation {
    /// Writes that a mutation is about to run; if that cannot be written it must not.
    pub(super) async fn begin(admin: &Arc<Admin>, caller: &Caller, head: &Parts) -> Result<Mutation, Problem> {
        let who = caller.who();
        let patience = admin.sources.limits.audit_timeout;
        let written = admin.sources.audit.require(record(Event::Mutation, who.clone(), head), patience).await;
        written.map_err(|Refused| {
            Problem::busy("the audit log cannot be written, so nothing is changed: the log of the program says why")
        })?;
        let record = Some(record(Event::Outcome, who, head));
        Ok(Mutation { admin: admin.clone(), record, started: Instant::now() })
    }

    /// Writes how it ended.
    pub(super) fn end(mut self, status: StatusCode) {
        self.note(Some(status.as_u16()));
    }

    fn note(&mut self, status: Option<u16>) {
        if let Some(record) = self.record.take() {
            let duration_seconds = Some(self.started.elapsed().as_secs_f64());
            self.admin.sources.audit.note(Record { status, duration_seconds, ..record });
        }
    }
}

impl Drop for Mutation {
    /// Without a status: it panicked, or nobody waited for its end.
    fn drop(&mut self) {
        self.note(None);
    }
}

/// The latest records, the oldest first.
pub(super) async fn latest(exchange: Exchange) -> Json<Value> {
    let kept = exchange.admin.sources.audit.kept();
    let records: Vec<Value> = kept.latest.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    Json(json!({ "failure": kept.failure, "lost": kept.lost, "records": records }))
}

#[cfg(test)]
mod tests {
    use super::super::access::Access;
    use super::super::routes::{Route, answer, router_of};
    use super::super::state::{Exposure, Sources};
    use super::*;
    use crate::audit::{AuditLog, Sink};
    use crate::rbac::{Cost, Policy, Token};
    use axum::body::Body;
    use axum::extract::Request;
    use axum::http::Method;
    use std::io;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tower::Service;

    static CHANGE: Route = Route {
        method: Method::PUT,
        path: "/change",
        access: Access::Holders("admin:write"),
        summary: "changes something",
        handler: |_exchange| answer(async { StatusCode::NO_CONTENT }),
    };

    /// Takes lines, or fails.
    struct Lines(Option<std::sync::mpsc::Sender<String>>);

    impl Sink for Lines {
        fn write(&mut self, line: &str) -> io::Result<()> {
            let lines = self.0.as_ref().ok_or(io::ErrorKind::StorageFull)?;
            lines.send(line.to_owned()).map_err(io::Error::other)
        }
    }

    fn admin(sink: Lines) -> Arc<Admin> {
        let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
        policy.add_user("alice", &["operator"]);
        policy.add_user("bob", &["viewer"]);
        let audit = Arc::new(AuditLog::new(Box::new(sink)).unwrap());
        let sources = Sources { policy: Some(Arc::new(policy)), audit, ..Sources::empty() };
        Admin::of(sources, Exposure::Loopback)
    }

    async fn change(admin: &Arc<Admin>, route: &'static Route, user: &str, marked: bool) -> u16 {
        let token = admin.sources.policy.as_ref().unwrap().issue_token(user, None).unwrap();
        change_with(admin, route, &token, marked).await
    }

    async fn change_with(admin: &Arc<Admin>, route: &'static Route, token: &Token, marked: bool) -> u16 {
        let mut request = Request::put("/change").header("authorization", format!("Bearer {}", token.reveal()));
        if marked {
            request = request.header("x-ops-request", "1").header("content-type", "application/json");
        }
        let request = request.body(Body::from("{\"password\":\"s3cr3t\"}")).unwrap();
        router_of(admin, &[route]).call(request).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn a_mutation_is_written_before_and_after_and_a_refused_one_too() {
        let (sender, lines) = std::sync::mpsc::channel();
        let admin = admin(Lines(Some(sender)));
        let token = |user| admin.sources.policy.as_ref().unwrap().issue_token(user, None).unwrap();
        let (alice, other, bob) = (token("alice"), token("alice"), token("bob"));
        assert_eq!(change_with(&admin, &CHANGE, &alice, true).await, 204);
        assert_eq!(change_with(&admin, &CHANGE, &bob, true).await, 403, "without the permission");
        assert_eq!(change_with(&admin, &CHANGE, &other, false).await, 403, "without the mark");
        admin.sources.audit.flush(Duration::from_secs(5)).await;
        let text: String = lines.try_iter().collect();
        assert!(!text.contains("s3cr3t") && !text.contains("ops_"), "{text}");
        let told: Vec<_> = text
            .lines()
            .map(|line| {
                let record: Value = serde_json::from_str(line).unwrap();
                let keys = ["event", "user", "authentication", "token", "path"];
                let [event, user, shown, token, path] = keys.map(|key| record[key].as_str().unwrap_or("-").to_owned());
                format!("{event} {user} {shown} {token} {path} {}", record["status"])
            })
            .collect();
        // As the digest of it begins, which is in the file of a policy.
        let [alice, other, bob] = [alice, other, bob].map(|token| token.digest().to_string()[..8].to_owned());
        assert_eq!(
            told,
            [
                format!("mutation alice bearer {alice} /change null"),
                format!("outcome alice bearer {alice} /change 204"),
                format!("refused bob bearer {bob} /change 403"),
                format!("refused alice bearer {other} /change 403")
            ]
        );
    }

    #[tokio::test]
    async fn what_cannot_be_written_does_not_run() {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        static COUNTED: Route = Route {
            method: Method::PUT,
            path: "/change",
            access: Access::Holders("admin:write"),
            summary: "counts that it ran",
            handler: |_exchange| {
                answer(async {
                    RUNS.fetch_add(1, Ordering::SeqCst);
                    StatusCode::NO_CONTENT
                })
            },
        };
        let (sender, _lines) = std::sync::mpsc::channel();
        assert_eq!(change(&admin(Lines(Some(sender))), &COUNTED, "alice", true).await, 204);
        assert_eq!(change(&admin(Lines(None)), &COUNTED, "alice", true).await, 503);
        assert_eq!(RUNS.load(Ordering::SeqCst), 1);
    }
}
