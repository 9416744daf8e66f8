//! Health check declarations: outcomes, contexts, resources and the check registry.
//!
//! Contains everything that a library needs to declare checks. Running them needs an async runtime and is done by the `ops`
//! crate.

mod bounded_text;
mod context;
mod error;
mod into_outcome;
mod linked_check;
mod outcome;
mod registry;
mod resource;

pub use crate::descriptor::Status;
pub use bounded_text::bounded_text;
pub use context::{CheckContext, FromContext};
pub use error::CheckError;
pub use into_outcome::IntoOutcome;
pub use linked_check::{CheckFuture, LinkedCheck, Run};
pub use outcome::Outcome;
pub use registry::{CheckFn, CheckRegistry, RegisteredCheck};
pub use resource::{MissingResource, OptionalResource, Resource, Resources};
