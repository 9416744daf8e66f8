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
mod status;

#[cfg(feature = "server")]
mod check;
#[cfg(feature = "server")]
mod error;
#[cfg(feature = "server")]
mod flight;
#[cfg(feature = "server")]
mod instant;
#[cfg(feature = "server")]
mod panic;
#[cfg(feature = "server")]
mod registration;
#[cfg(feature = "server")]
mod report;
#[cfg(feature = "server")]
mod report_text;
#[cfg(feature = "server")]
mod runner;

pub use context::{CheckContext, FromContext};
pub use into_outcome::IntoOutcome;
pub use linked::{CheckFuture, LinkedCheck, Run};
pub use outcome::Outcome;
pub use resource::{MissingResource, Resource};
pub use status::Status;

#[cfg(feature = "server")]
pub use error::HealthError;
#[cfg(feature = "server")]
pub use report::{CheckResult, Report};
#[cfg(feature = "server")]
pub use runner::Health;

#[cfg(test)]
#[cfg(feature = "server")]
mod tests;
