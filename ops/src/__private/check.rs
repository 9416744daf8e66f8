//! What the attribute `#[health_check]` needs.

use crate::descriptor::CheckKind;
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

/// One run of an `async` check, as it is kept.
pub fn check_future(run: impl Future<Output = Outcome> + Send + 'static) -> CheckFuture {
    Box::pin(run)
}

/// The outcome of a check whose argument cannot be filled.
pub fn missing(resource: MissingResource) -> Outcome {
    Outcome::unhealthy(resource)
}
