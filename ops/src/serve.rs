//! The globals of a program that is served: its checks, and the one-line entry.

use crate::api::Api;
use crate::error::Error;
use crate::health::{Health, HealthError};
use crate::registry::linked_checks;
use crate::server::{Address, Running};
use std::sync::{Arc, OnceLock};

/// Serves everything that is annotated in the program and its crates at `address`, on a thread of its own.
///
/// Checks run on the tokio runtime that this is called on. Dropping what it returns leaves the server on. For a policy,
/// facts or limits, see [`Api::builder`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ops::Error> {
/// let running = ops::serve("127.0.0.1:0").await?;
/// assert!(running.local_addr().port() > 0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`ApiBuilder::build`](crate::ApiBuilder::build) and of [`Api::bind`].
pub async fn serve(address: impl Into<Address>) -> Result<Running, Error> {
    Ok(Api::builder().build()?.bind(address).await?.spawn())
}

/// The health checks of this program: all that the attributes declare, and what is registered at run time.
///
/// Where two declarations have one name the first is asked; `Api::builder().build()` gives the error.
pub fn health() -> &'static Arc<Health> {
    &linked().0
}

/// Gives `value` to the checks that ask for a [`Resource<T>`](crate::Resource); a value of the same type is replaced.
pub fn provide<T: Send + Sync + 'static>(value: T) {
    health().provide(value);
}

/// The linked checks that are refused because another one has their name.
pub(crate) fn duplicate_checks() -> &'static [HealthError] {
    &linked().1
}

fn linked() -> &'static (Arc<Health>, Vec<HealthError>) {
    static LINKED: OnceLock<(Arc<Health>, Vec<HealthError>)> = OnceLock::new();
    LINKED.get_or_init(|| {
        let mut checks: Vec<_> = linked_checks().collect();
        // The linker has no order: which of two is the first must not change from one build to the next.
        checks.sort_by_key(|check| (check.descriptor().name(), check.descriptor().location));
        let health = Health::new();
        let refused = checks.into_iter().filter_map(|check| health.register_linked(check).err()).collect();
        (Arc::new(health), refused)
    })
}
