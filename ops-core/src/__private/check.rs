//! Helpers for expansions of `#[health_check]`.

use crate::descriptor::{CheckKind, Status};
use crate::health::{CheckFuture, MissingResource, Outcome};

/// Parses the option `kind` of a health check.
///
/// # Panics
/// Panics if `word` is not a kind. In an attribute, this is a compile error.
#[track_caller]
pub const fn check_kind(word: &'static str) -> CheckKind {
    match word.as_bytes() {
        b"readiness" => CheckKind::Readiness,
        b"liveness" => CheckKind::Liveness,
        b"startup" => CheckKind::Startup,
        _ => panic!("invalid kind of health check: expected `readiness`, `liveness` or `startup`"),
    }
}

/// Parses the option `initial` of a health check.
///
/// # Panics
/// Panics if `word` is not a status. In an attribute, this is a compile error.
#[track_caller]
pub const fn check_status(word: &'static str) -> Status {
    match word.as_bytes() {
        b"healthy" => Status::Healthy,
        b"degraded" => Status::Degraded,
        b"unknown" => Status::Unknown,
        b"unhealthy" => Status::Unhealthy,
        _ => panic!("invalid status of a health check: expected `healthy`, `degraded`, `unknown` or `unhealthy`"),
    }
}

/// Validates a failure or success threshold.
///
/// # Panics
/// Panics if `runs` is 0. In an attribute, this is a compile error.
#[track_caller]
pub const fn threshold(runs: u32) -> u32 {
    assert!(runs > 0, "a threshold must be greater than 0");
    runs
}

/// Boxes the future of an `async` check run.
pub fn check_future(run: impl Future<Output = Outcome> + Send + 'static) -> CheckFuture {
    Box::pin(run)
}

/// Returns the outcome of a check with a missing resource.
pub fn missing(resource: MissingResource) -> Outcome {
    if resource.is_optional { Outcome::not_applicable(resource) } else { Outcome::unhealthy(resource) }
}
