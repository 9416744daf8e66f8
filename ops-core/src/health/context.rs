//! The context of a check run, and the arguments extracted from it.

use super::resource::{MissingResource, OptionalResource, Resource, Resources};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// The context of a check run: its deadline and the provided resources.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::CheckContext;
/// use std::time::{Duration, Instant};
///
/// async fn queue(context: CheckContext) -> bool {
///     let answer = tokio::time::timeout_at(context.deadline().into(), async { true });
///     answer.await.unwrap_or(false)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // In a test of that check:
/// let context = CheckContext::new(Instant::now() + Duration::from_secs(2));
/// assert!(queue(context).await);
/// # }
/// ```
#[derive(Clone)]
pub struct CheckContext {
    deadline: Instant,
    resources: Arc<Resources>,
}

impl CheckContext {
    /// Creates a context without resources, for tests of checks.
    pub fn new(deadline: Instant) -> Self {
        CheckContext { deadline, resources: Arc::default() }
    }

    /// Provides `value` to all checks that share the resources of this context.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.resources.provide(value);
        self
    }

    /// Creates a context with shared resources, for check runners.
    pub fn with_resources(resources: Arc<Resources>, deadline: Instant) -> Self {
        CheckContext { deadline, resources }
    }

    /// Returns the deadline of the run. A run that exceeds it fails, and an `async` one is canceled.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Returns the provided value of type `T`.
    ///
    /// # Errors
    /// Returns an error if no value of this type was provided.
    pub fn resource<T: Send + Sync + 'static>(&self) -> Result<Resource<T>, MissingResource> {
        self.resources.find()
    }
}

impl fmt::Debug for CheckContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckContext").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// An argument of a check function: a [`CheckContext`] or a [`Resource`], which may be optional.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a health check",
    label = "expected `Resource<T>` or `CheckContext`",
    note = "take a `Resource<{Self}>` and call `ops::provide(value)` at startup"
)]
pub trait FromContext: Sized {
    /// Extracts the argument from the context of the run.
    ///
    /// # Errors
    /// Returns an error if the argument is a resource that was not provided.
    fn from_context(context: &CheckContext) -> Result<Self, MissingResource>;
}

impl FromContext for CheckContext {
    fn from_context(context: &CheckContext) -> Result<Self, MissingResource> {
        Ok(context.clone())
    }
}

impl<T: Send + Sync + 'static> FromContext for Resource<T> {
    fn from_context(context: &CheckContext) -> Result<Self, MissingResource> {
        context.resource()
    }
}

impl<T: Send + Sync + 'static> FromContext for OptionalResource<T> {
    fn from_context(context: &CheckContext) -> Result<Self, MissingResource> {
        context.resource().map(OptionalResource::from).map_err(MissingResource::optional)
    }
}

impl<T: Send + Sync + 'static> FromContext for Option<Resource<T>> {
    fn from_context(context: &CheckContext) -> Result<Self, MissingResource> {
        Ok(context.resource().ok())
    }
}
