//! Health checks: the declarations from `ops-core` and [`Health`], the runner that executes them.
//!
//! A supervisor enforces the deadline of each run, the scheduler runs periodic checks, and probes reuse recent results.
//! The runner requires the feature `server`.

#[cfg(feature = "server")]
mod change;
#[cfg(feature = "server")]
mod check;
#[cfg(feature = "server")]
mod check_run;
#[cfg(feature = "server")]
mod check_state;
#[cfg(feature = "server")]
mod details;
#[cfg(feature = "server")]
mod error;
#[cfg(feature = "server")]
mod groups;
#[cfg(feature = "server")]
mod heartbeat;
#[cfg(feature = "server")]
mod journal;
#[cfg(feature = "server")]
mod metrics;
#[cfg(feature = "server")]
mod overrides;
#[cfg(feature = "server")]
mod probe;
#[cfg(feature = "server")]
mod report;
#[cfg(feature = "server")]
mod run_result;
#[cfg(feature = "server")]
mod run_stats;
#[cfg(feature = "server")]
mod runner;
#[cfg(feature = "server")]
mod saturating_time;
#[cfg(feature = "server")]
mod scheduler;
#[cfg(feature = "server")]
mod supervisor;
#[cfg(feature = "server")]
mod verdict;

pub use ops_core::health::{
    CheckContext, CheckError, CheckFn, CheckFuture, CheckRegistry, FromContext, IntoOutcome, LinkedCheck,
    MissingResource, OptionalResource, Outcome, RegisteredCheck, Resource, Resources, Run, Status, bounded_text,
};

#[cfg(feature = "server")]
pub use change::Change;
#[cfg(feature = "server")]
pub use details::{CheckDetails, Details};
#[cfg(feature = "server")]
pub use error::HealthError;
#[cfg(feature = "server")]
pub use journal::Changes;
#[cfg(feature = "server")]
pub use metrics::HealthMetrics;
#[cfg(feature = "server")]
pub use overrides::Override;
#[cfg(feature = "server")]
pub use report::{CheckResult, Report};
#[cfg(feature = "server")]
pub use runner::Health;

#[cfg(test)]
#[cfg(feature = "server")]
mod model_tests;
#[cfg(test)]
#[cfg(feature = "server")]
mod tests;
