//! What is linked into this program, one line each: the globals of the library.

use crate::clock;
use crate::registry::{Catalog, Metrics, Registry, RegistryError};
use std::sync::OnceLock;
#[cfg(feature = "server")]
use {
    crate::health::{Health, HealthError},
    crate::registry::linked_checks,
    std::sync::Arc,
};

/// The metrics of this program: all that the attributes declare, and what is made at run time.
///
/// Where two declarations conflict the first is served, and starting the server is an error that lists every conflict.
pub fn metrics() -> &'static Metrics {
    &linked_metrics().0
}

/// Everything that is linked into this program, with its place in the source.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::linked(metrics()))
}

/// The health checks of this program: all that the attributes declare, and what is registered at run time.
///
/// Where two checks have one name the first is run, and starting the server is an error that lists every conflict.
#[cfg(feature = "server")]
pub fn health() -> &'static Arc<Health> {
    &linked_health().0
}

/// Provides `value` to the checks of this program that ask for a [`Resource<T>`](crate::Resource), in place of the one
/// of its type that is there.
///
/// ```standalone_crate
/// struct Pool;
///
/// #[ops::health_check("db")]
/// async fn database(_pool: ops::Resource<Pool>) {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// ops::provide(Pool);
/// assert!(ops::health().check().await.checks["db"].ok);
/// # }
/// ```
#[cfg(feature = "server")]
pub fn provide<T: Send + Sync + 'static>(value: T) {
    health().provide(value);
}

/// What conflicts in this program's metrics.
#[cfg(feature = "server")]
pub(crate) fn metric_conflicts() -> Option<&'static RegistryError> {
    linked_metrics().1.as_ref()
}

/// What conflicts in this program's checks.
#[cfg(feature = "server")]
pub(crate) fn check_conflicts() -> &'static [HealthError] {
    &linked_health().1
}

fn linked_metrics() -> &'static (Metrics, Option<RegistryError>) {
    static METRICS: OnceLock<(Metrics, Option<RegistryError>)> = OnceLock::new();
    METRICS.get_or_init(|| {
        clock::process_start();
        let (registry, conflicts) = Registry::linked_lenient();
        (Metrics::with_registry(registry), conflicts)
    })
}

#[cfg(feature = "server")]
fn linked_health() -> &'static (Arc<Health>, Vec<HealthError>) {
    static HEALTH: OnceLock<(Arc<Health>, Vec<HealthError>)> = OnceLock::new();
    HEALTH.get_or_init(|| {
        let health = Health::new();
        // In the order of the source: the linker's is none, and the first of two is the one that stays.
        let mut checks: Vec<_> = linked_checks().collect();
        checks.sort_by_key(|check| (check.descriptor().name(), check.descriptor().location));
        let conflicts = checks.into_iter().filter_map(|check| health.register_linked(check).err()).collect();
        (Arc::new(health), conflicts)
    })
}

/// Links crates that nothing else in the program names, so that what they annotate is there.
///
/// The compiler leaves a dependency out of the program as long as no code names it, and its checks and metrics with it.
/// Write this once, in the crate of the program: `ops::link!(orders, payments);`.
/// `Api::builder().expect_checks([..])` makes a forgotten one an error at the start.
///
/// ```
/// ops::link!(std, core);
/// ```
#[macro_export]
macro_rules! link {
    ($($name:ident),+ $(,)?) => {
        $(use ::$name as _;)+
    };
}
