//! Error responses: problem details (RFC 9457).

use crate::audit::Actor;
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;

/// An error response.
#[derive(Debug)]
pub(crate) struct ProblemDetails {
    status: StatusCode,
    detail: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Caller of the rejected request, for the audit log.
    actor: Option<Box<Actor>>,
}

/// The JSON document of a response.
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
        ProblemDetails::new(StatusCode::NOT_FOUND, "unknown path; see `/admin` for the available routes")
    }

    pub(crate) fn method_not_allowed(allowed: &str) -> ProblemDetails {
        let problem = ProblemDetails::new(StatusCode::METHOD_NOT_ALLOWED, format!("method not allowed; use {allowed}"));
        // Never fails: `allowed` consists of method names.
        match HeaderValue::from_str(allowed) {
            Ok(allowed) => problem.header(ALLOW, allowed),
            Err(_) => problem,
        }
    }

    /// Creates a 503 with `Retry-After: 1`.
    pub(crate) fn busy(detail: impl Into<String>) -> ProblemDetails {
        ProblemDetails::new(StatusCode::SERVICE_UNAVAILABLE, detail).header(RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// Creates a 429 for throttled logins, with `Retry-After`.
    pub(crate) fn too_many(wait: Duration) -> ProblemDetails {
        let seconds = wait.as_secs_f64().ceil() as u64;
        let detail = format!("too many failed logins; retry after {seconds} s");
        ProblemDetails::new(StatusCode::TOO_MANY_REQUESTS, detail).header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    pub(crate) fn internal(detail: impl Into<String>) -> ProblemDetails {
        ProblemDetails::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// Sets the caller of the rejected request.
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
