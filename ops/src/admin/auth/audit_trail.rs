//! The audit trail of requests: failed logins, refused requests, and mutations before and after they run.

use crate::admin::ClientAddr;
use crate::admin::http::ProblemDetails;
use crate::audit::{AuditLog, Event, Record, Refused, Who};
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The record of a request.
fn record(event: Event, who: Who, head: &Parts) -> Record {
    Record {
        event,
        who,
        peer: ClientAddr::of(head).to_string(),
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        status: None,
        duration_seconds: None,
        suppressed: 0,
    }
}

/// Records that authentication of `who` failed.
pub(super) fn record_login_failure(audit: &AuditLog, who: Who, head: &Parts) {
    // Whoever it was, it was not shown to be the user.
    audit.note_in_share(None, record(Event::LoginFailed, who, head));
}

/// Records that a mutation was refused; failed authentication is on record already.
pub(crate) fn record_refusal(audit: &AuditLog, problem: &ProblemDetails, head: &Parts) {
    if problem.status() == StatusCode::UNAUTHORIZED {
        return;
    }
    let who = problem.who().cloned().unwrap_or_default();
    let user = who.user.clone();
    let record = Record { status: Some(problem.status().as_u16()), ..record(Event::Refused, who, head) };
    audit.note_in_share(user.as_deref(), record);
}

/// A mutation that is on record, and whose outcome will be.
pub(crate) struct AuditedMutation {
    audit: Arc<AuditLog>,
    record: Option<Record>,
    started: Instant,
}

impl AuditedMutation {
    /// Records that a mutation by `who` is about to run, which must be written within `timeout`.
    ///
    /// # Errors
    /// A refusal, if it cannot be written: then the mutation must not run.
    pub(crate) async fn begin(
        audit: &Arc<AuditLog>,
        timeout: Duration,
        who: Who,
        head: &Parts,
    ) -> Result<AuditedMutation, ProblemDetails> {
        let written = audit.require(record(Event::Mutation, who.clone(), head), timeout).await;
        written.map_err(|Refused| {
            ProblemDetails::busy(
                "the audit log cannot be written, so nothing is changed: the log of the program says why",
            )
        })?;
        let record = Some(record(Event::Outcome, who, head));
        Ok(AuditedMutation { audit: audit.clone(), record, started: Instant::now() })
    }

    /// Records how it ended.
    pub(crate) fn end(mut self, status: StatusCode) {
        self.note(Some(status.as_u16()));
    }

    fn note(&mut self, status: Option<u16>) {
        if let Some(record) = self.record.take() {
            let duration_seconds = Some(self.started.elapsed().as_secs_f64());
            self.audit.note(Record { status, duration_seconds, ..record });
        }
    }
}

impl Drop for AuditedMutation {
    /// Without a status: it panicked, or nobody waited for its end.
    fn drop(&mut self) {
        self.note(None);
    }
}
