//! Errors on the wire: problem documents (RFC 9457).

use crate::audit::Actor;
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;

/// An answer that is not what was asked for, and why.
#[derive(Debug)]
pub(crate) struct ProblemDetails {
    status: StatusCode,
    detail: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Whom it refuses something, for the audit log.
    actor: Option<Box<Actor>>,
}

/// What is written.
#[derive(Serialize)]
struct ProblemDocument<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
}

impl ProblemDetails {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> ProblemDetails {
        ProblemDetails { status, detail: detail.into(), headers: Vec::new(), actor: None }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> ProblemDetails {
        ProblemDetails::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn unauthorized(detail: impl Into<String>) -> ProblemDetails {
        let challenges = ["Basic realm=\"ops\", charset=\"UTF-8\"", "Bearer realm=\"ops\""];
        let problem = ProblemDetails::new(StatusCode::UNAUTHORIZED, detail);
        challenges
            .into_iter()
            .fold(problem, |problem, challenge| problem.header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge)))
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> ProblemDetails {
        ProblemDetails::new(StatusCode::FORBIDDEN, detail)
    }

    pub(crate) fn not_found() -> ProblemDetails {
        ProblemDetails::new(StatusCode::NOT_FOUND, "there is nothing at this path: `/admin` lists what there is")
    }

    pub(crate) fn method_not_allowed(allowed: &str) -> ProblemDetails {
        let problem = ProblemDetails::new(StatusCode::METHOD_NOT_ALLOWED, format!("this path answers to {allowed}"));
        // Made of the names of methods, so it is a legal value.
        match HeaderValue::from_str(allowed) {
            Ok(allowed) => problem.header(ALLOW, allowed),
            Err(_) => problem,
        }
    }

    /// For a caller that may come back in a second.
    pub(crate) fn busy(detail: impl Into<String>) -> ProblemDetails {
        ProblemDetails::new(StatusCode::SERVICE_UNAVAILABLE, detail).header(RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// For a caller that may come back after `wait`.
    pub(crate) fn too_many(wait: Duration) -> ProblemDetails {
        let seconds = wait.as_secs_f64().ceil() as u64;
        let detail =
            format!("too many wrong credentials: come back after {seconds} s, or with ones that were right before");
        ProblemDetails::new(StatusCode::TOO_MANY_REQUESTS, detail).header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    pub(crate) fn internal(detail: impl Into<String>) -> ProblemDetails {
        ProblemDetails::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// Says whom it refuses something.
    pub(crate) fn with_actor(mut self, actor: Actor) -> ProblemDetails {
        self.actor = Some(Box::new(actor));
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn actor(&self) -> Option<&Actor> {
        self.actor.as_deref()
    }

    fn header(mut self, name: HeaderName, value: HeaderValue) -> ProblemDetails {
        self.headers.push((name, value));
        self
    }
}

impl IntoResponse for ProblemDetails {
    fn into_response(self) -> Response {
        let document = ProblemDocument {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
        };
        let mut response = (self.status, Json(document)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}
