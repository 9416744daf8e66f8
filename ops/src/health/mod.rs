//! Health: what checks are, what they answer, and the runner that asks them.
//!
//! What a library crate needs to declare a check ([`Outcome`], [`CheckContext`], [`Resource`], [`LinkedCheck`]) is
//! there without any feature; `Health`, which runs checks, comes with the feature `server`.

mod context;
mod into_outcome;
mod linked;
mod outcome;
mod reason;
mod resource;

#[cfg(feature = "server")]
mod change;
#[cfg(feature = "server")]
mod check;
#[cfg(feature = "server")]
mod details;
#[cfg(feature = "server")]
mod drain;
#[cfg(feature = "server")]
mod error;
#[cfg(feature = "server")]
mod flight;
#[cfg(feature = "server")]
mod forced;
#[cfg(feature = "server")]
mod groups;
#[cfg(feature = "server")]
mod heartbeat;
#[cfg(feature = "server")]
mod instant;
#[cfg(feature = "server")]
mod journal;
#[cfg(feature = "server")]
mod keeper;
#[cfg(feature = "server")]
mod metrics;
#[cfg(feature = "server")]
mod panic;
#[cfg(feature = "server")]
mod probe;
#[cfg(feature = "server")]
mod registration;
#[cfg(feature = "server")]
mod report;
#[cfg(feature = "server")]
mod report_text;
#[cfg(feature = "server")]
mod run;
#[cfg(feature = "server")]
mod runner;
#[cfg(feature = "server")]
mod standing;
#[cfg(feature = "server")]
mod verdict;

pub use crate::descriptor::Status;
pub use context::{CheckContext, FromContext};
pub use into_outcome::IntoOutcome;
pub use linked::{CheckFuture, LinkedCheck, Run};
pub use outcome::Outcome;
pub use resource::{MissingResource, Resource};

#[cfg(feature = "server")]
pub use change::Change;
#[cfg(feature = "server")]
pub use details::{CheckDetails, Details};
#[cfg(feature = "server")]
pub use error::HealthError;
#[cfg(feature = "server")]
pub use forced::Forced;
#[cfg(feature = "server")]
pub use journal::Changes;
#[cfg(feature = "server")]
pub use metrics::HealthMetrics;
#[cfg(feature = "server")]
pub use report::{CheckResult, Report};
#[cfg(feature = "server")]
pub use runner::Health;

#[cfg(test)]
#[cfg(feature = "server")]
mod tests;
