//! What the attribute `#[health_check]` needs.

use crate::descriptor::{CheckKind, Status};
use crate::health::{CheckFuture, MissingResource, Outcome};

/// What a check decides about, by its word.
///
/// # Panics
/// If there is no such kind: at compile time, as an attribute calls it.
#[track_caller]
pub const fn check_kind(word: &'static str) -> CheckKind {
    match word.as_bytes() {
        b"readiness" => CheckKind::Readiness,
        b"liveness" => CheckKind::Liveness,
        b"startup" => CheckKind::Startup,
        _ => panic!("the kind of a health check is `readiness`, `liveness` or `startup`"),
    }
}

/// What a check counts as at first, by its word.
///
/// # Panics
/// If there is no such status: at compile time, as an attribute calls it.
#[track_caller]
pub const fn check_status(word: &'static str) -> Status {
    match word.as_bytes() {
        b"healthy" => Status::Healthy,
        b"degraded" => Status::Degraded,
        b"unknown" => Status::Unknown,
        b"unhealthy" => Status::Unhealthy,
        _ => panic!("the status of a health check is `healthy`, `degraded`, `unknown` or `unhealthy`"),
    }
}

/// Returns `runs`, the consecutive runs that change the status of a check.
///
/// # Panics
/// If it is 0: at compile time, as an attribute calls it.
#[track_caller]
pub const fn threshold(runs: u32) -> u32 {
    assert!(runs > 0, "a threshold of 0 runs is invalid: write 1 or more");
    runs
}

/// One run of an `async` check, as it is kept.
pub fn check_future(run: impl Future<Output = Outcome> + Send + 'static) -> CheckFuture {
    Box::pin(run)
}

/// The outcome of a check whose argument cannot be filled.
pub fn missing(resource: MissingResource) -> Outcome {
    if resource.is_optional { Outcome::not_applicable(resource) } else { Outcome::unhealthy(resource) }
}
