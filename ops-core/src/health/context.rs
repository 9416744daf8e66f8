//! What a running check is given.

use super::resource::{MissingResource, OptionalResource, Resource, Resources};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// What one run of a check is given: its deadline, and the resources that were provided.
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
    /// A context without resources, for tests of checks.
    pub fn new(deadline: Instant) -> Self {
        CheckContext { deadline, resources: Arc::default() }
    }

    /// Provides `value` to the check that is given this context, and to those that share its resources.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.resources.provide(value);
        self
    }

    /// Creates a context with shared resources, for runners.
    pub fn with_resources(resources: Arc<Resources>, deadline: Instant) -> Self {
        CheckContext { deadline, resources }
    }

    /// When the run must be over. A check that takes longer has failed; an `async` one is dropped then.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The value of type `T` that was provided.
    ///
    /// # Errors
    /// If none was.
    pub fn resource<T: Send + Sync + 'static>(&self) -> Result<Resource<T>, MissingResource> {
        self.resources.find()
    }
}

impl fmt::Debug for CheckContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckContext").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// An argument of a check: a [`CheckContext`], or a [`Resource`] of any type, which may be optional.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a health check",
    label = "expected `Resource<T>` or `CheckContext`",
    note = "write `Resource<{Self}>`, and call `ops::provide(value)` when the program starts"
)]
pub trait FromContext: Sized {
    /// The argument, for the run that `context` belongs to.
    ///
    /// # Errors
    /// If it is a resource that was not provided.
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
