//! Audit trail of requests: failed logins, rejected requests, and mutations before and after they run.

use crate::admin::ClientAddr;
use crate::admin::http::ProblemDetails;
use crate::audit::{Actor, AuditLog, Event, Record, Refused};
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Builds the audit record of a request.
fn record(event: Event, actor: Actor, head: &Parts) -> Record {
    Record {
        event,
        actor,
        peer: ClientAddr::of(head).to_string(),
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        status: None,
        duration_seconds: None,
        suppressed: 0,
    }
}

/// Records a failed authentication of `actor`.
pub(super) fn record_login_failure(audit: &AuditLog, actor: Actor, head: &Parts) {
    // The user name is unverified, so the record does not count toward the rate limit of that user.
    audit.enqueue_rate_limited(None, record(Event::LoginFailed, actor, head));
}

/// Records a rejected mutation, except for a failed authentication, which is already recorded.
pub(crate) fn record_refusal(audit: &AuditLog, problem: &ProblemDetails, head: &Parts) {
    if problem.status() == StatusCode::UNAUTHORIZED {
        return;
    }
    let actor = problem.actor().cloned().unwrap_or_default();
    let user = actor.user.clone();
    let record = Record { status: Some(problem.status().as_u16()), ..record(Event::Refused, actor, head) };
    audit.enqueue_rate_limited(user.as_deref(), record);
}

/// A mutation in progress, recorded before it runs and again when it completes or is dropped.
pub(crate) struct AuditedMutation {
    audit: Arc<AuditLog>,
    record: Option<Record>,
    started: Instant,
}

impl AuditedMutation {
    /// Records a mutation by `actor` before it runs.
    ///
    /// # Errors
    /// 503 if the record is not written within `timeout`. The mutation must not run then.
    pub(crate) async fn begin(
        audit: &Arc<AuditLog>,
        timeout: Duration,
        actor: Actor,
        head: &Parts,
    ) -> Result<AuditedMutation, ProblemDetails> {
        let written = audit.write(record(Event::Mutation, actor.clone(), head), timeout).await;
        written.map_err(|Refused| {
            ProblemDetails::busy(
                "cannot write the audit log: the request was not executed; see the log of the program for the cause",
            )
        })?;
        let record = Some(record(Event::Outcome, actor, head));
        Ok(AuditedMutation { audit: audit.clone(), record, started: Instant::now() })
    }

    /// Records the outcome: the status of the response.
    pub(crate) fn end(mut self, status: StatusCode) {
        self.record_outcome(Some(status.as_u16()));
    }

    fn record_outcome(&mut self, status: Option<u16>) {
        if let Some(record) = self.record.take() {
            let duration_seconds = Some(self.started.elapsed().as_secs_f64());
            self.audit.enqueue(Record { status, duration_seconds, ..record });
        }
    }
}

impl Drop for AuditedMutation {
    /// Records an outcome without a status: the handler panicked or was canceled.
    fn drop(&mut self) {
        self.record_outcome(None);
    }
}
