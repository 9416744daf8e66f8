//! Process-wide registries of metrics, health checks and resources.
//!
//! All link-time slices and all globals of the project live in this crate, so that every version of `ops` in a program
//! shares one set of them.

use crate::clock;
use crate::health::{CheckError, CheckRegistry, Resources};
use crate::linkage::{self, LinkageError};
use crate::registry::{BuildInfo, Catalog, LinkedMetrics, Metrics, RegistryError, linked_build_info, linked_checks};
use std::sync::{Arc, OnceLock};

/// Returns the global metrics registry: all metrics declared by attributes or created at run time.
///
/// If two declarations conflict, the first one is served, and the server refuses to start with an error that lists every
/// conflict; see [`metric_conflicts`].
pub fn metrics() -> &'static Metrics {
    &linked_metrics().0
}

/// Returns the catalog of the metrics, checks and spans linked into this program.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::of(metrics()))
}

/// Returns the global registry of health checks: all declared by attributes or registered at run time.
///
/// If two attributes declare the same name, the first one by source location is kept; see [`check_conflicts`].
///
/// A library can register a check per instance here, without depending on the server:
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::Outcome;
/// use ops::descriptor::CheckDescriptor;
/// use ops::health::{CheckError, CheckFn};
/// use ops::linked::checks;
/// use std::sync::Arc;
///
/// struct Pool {
///     name: String,
/// }
///
/// impl Pool {
///     async fn ping(&self) -> std::io::Result<()> {
///         Ok(())
///     }
///
///     fn connect(name: &str) -> Result<Arc<Pool>, CheckError> {
///         let pool = Arc::new(Pool { name: format!("pool.{name}") });
///         let checked = Arc::downgrade(&pool);
///         let check = CheckFn::Async(Box::new(move |_context| {
///             let pool = checked.upgrade();
///             Box::pin(async move {
///                 match pool {
///                     None => Outcome::not_applicable("the pool is closed"),
///                     Some(pool) => pool.ping().await.map_or_else(Outcome::unhealthy, |()| Outcome::healthy()),
///                 }
///             })
///         }));
///         checks().register(CheckDescriptor::named(&pool.name), check)?;
///         Ok(pool)
///     }
/// }
///
/// impl Drop for Pool {
///     fn drop(&mut self) {
///         checks().deregister(&self.name);
///     }
/// }
///
/// let orders = Pool::connect("orders")?;
/// assert!(checks().checks().iter().any(|check| check.descriptor().name() == "pool.orders"));
/// drop(orders);
/// assert!(!checks().checks().iter().any(|check| check.descriptor().name() == "pool.orders"));
/// # Ok::<(), CheckError>(())
/// ```
pub fn checks() -> &'static Arc<CheckRegistry> {
    &linked_health().0
}

/// Returns the package and version of this program, if it calls [`build_info!`](crate::build_info).
///
/// ```standalone_crate
/// # extern crate ops_core as ops;
/// ops::build_info!();
///
/// # fn main() {
/// assert!(ops::linked::build_info().is_some_and(|build| build.version() == env!("CARGO_PKG_VERSION")));
/// # }
/// ```
pub fn build_info() -> Option<&'static BuildInfo> {
    linked_build_info()
}

/// Returns the resources available to the health checks of this program; [`provide`] adds to them.
pub fn resources() -> &'static Arc<Resources> {
    static RESOURCES: OnceLock<Arc<Resources>> = OnceLock::new();
    RESOURCES.get_or_init(Arc::default)
}

/// Provides `value` to the health checks of this program that take a [`Resource<T>`](crate::Resource).
///
/// Replaces the previous value of the same type.
///
/// ```standalone_crate
/// # extern crate ops_core as ops;
/// struct Pool;
///
/// #[ops::health_check("db")]
/// async fn database(_pool: ops::Resource<Pool>) {}
///
/// ops::provide(Pool);
/// assert!(ops::linked::resources().find::<Pool>().is_ok());
/// ```
pub fn provide<T: Send + Sync + 'static>(value: T) {
    resources().provide(value);
}

/// Returns the conflicts between the metrics linked into this program, if any.
pub fn metric_conflicts() -> Option<&'static RegistryError> {
    linked_metrics().1.as_ref()
}

/// Returns the conflicts between the health checks linked into this program.
pub fn check_conflicts() -> &'static [CheckError] {
    &linked_health().1
}

/// Returns the detected losses of link-time registrations in this process.
///
/// The server refuses to start if there are any. A program without the server should call this function itself.
///
/// On Linux and Android this reads `/proc/self/maps` and the section headers of each loaded image, which takes about 30 µs
/// per image; on other systems only [`LinkageError::ArchiveMembers`] is detected. Unreadable images and images loaded after
/// the call are not checked.
///
/// ```
/// # extern crate ops_core as ops;
/// assert_eq!(ops::linked::linkage_errors(), []);
/// ```
pub fn linkage_errors() -> Vec<LinkageError> {
    linkage::errors()
}

fn linked_metrics() -> &'static (Metrics, Option<RegistryError>) {
    static METRICS: OnceLock<(Metrics, Option<RegistryError>)> = OnceLock::new();
    METRICS.get_or_init(|| {
        clock::process_start();
        let (registry, conflicts) = LinkedMetrics::linked_lenient();
        (Metrics::with_linked(registry), conflicts)
    })
}

fn linked_health() -> &'static (Arc<CheckRegistry>, Vec<CheckError>) {
    static CHECKS: OnceLock<(Arc<CheckRegistry>, Vec<CheckError>)> = OnceLock::new();
    CHECKS.get_or_init(|| {
        let registry = CheckRegistry::new();
        // Link order is unspecified: sort, so that the result of a conflict is the same on every run.
        let mut checks: Vec<_> = linked_checks().collect();
        checks.sort_by_key(|check| (check.descriptor().name(), check.descriptor().location));
        let conflicts = checks.into_iter().filter_map(|check| registry.register_linked(check).err()).collect();
        (Arc::new(registry), conflicts)
    })
}

/// Links crates that no other code references, so that their metrics, checks and spans are registered.
///
/// The compiler does not link a dependency that no code references, and its registrations are lost with it.
/// Call this macro once, in the binary crate: `ops::link!(orders, payments);`.
/// With `ops::Api::builder().expect_checks([..]).expect_metrics([..])` a missing registration is an error at startup.
///
/// ```
/// # extern crate ops_core as ops;
/// ops::link!(std, core);
/// ```
#[macro_export]
macro_rules! link {
    ($($name:ident),+ $(,)?) => {
        $(use ::$name as _;)+
    };
}
