//! The globals of a program: what is linked into it and what it registers at run time, one line each.
//!
//! All link-time slices and all globals of the project live in this crate, so that every version of `ops` in a program
//! sees one set.

use crate::clock;
use crate::health::{CheckError, CheckRegistry, Resources};
use crate::linkage::{self, LinkageError};
use crate::registry::{BuildInfo, Catalog, LinkedMetrics, Metrics, RegistryError, linked_build_info, linked_checks};
use std::sync::{Arc, OnceLock};

/// The metrics of this program: all that the attributes declare, and what is made at run time.
///
/// Where two declarations conflict the first is served, and starting the server is an error that lists every conflict.
pub fn metrics() -> &'static Metrics {
    &linked_metrics().0
}

/// Everything that is linked into this program, with its place in the source.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::of(metrics()))
}

/// The health checks of this program: all that the attributes declare, and what is registered at run time.
///
/// Where two attributes declare one name, the first in the order of the source is kept; see [`check_conflicts`].
///
/// A library registers a check for each of its instances here, without the server:
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

/// Returns the package that this program was built from, if it says so by [`build_info!`](crate::build_info).
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

/// The resources of the program's checks; [`provide`] adds to them.
pub fn resources() -> &'static Arc<Resources> {
    static RESOURCES: OnceLock<Arc<Resources>> = OnceLock::new();
    RESOURCES.get_or_init(Arc::default)
}

/// Provides `value` to the checks of this program that ask for a [`Resource<T>`](crate::Resource), in place of the one
/// of its type that is there.
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

/// The conflicts between the metrics that are linked into this program.
pub fn metric_conflicts() -> Option<&'static RegistryError> {
    linked_metrics().1.as_ref()
}

/// The conflicts between the health checks that are linked into this program.
pub fn check_conflicts() -> &'static [CheckError] {
    &linked_health().1
}

/// Returns the losses of link-time registrations that can be detected in this process at this moment.
///
/// Starting the server is an error that lists them. A program without the server checks them itself.
///
/// On Linux and Android this reads `/proc/self/maps` and the section headers of each loaded image, about 30 µs an image; on
/// other systems only [`LinkageError::ArchiveMembers`] is detected. An image that cannot be read is skipped, and so is one
/// that is loaded later.
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
        // In the order of the source: the linker's is none, and the first of two is the one that stays.
        let mut checks: Vec<_> = linked_checks().collect();
        checks.sort_by_key(|check| (check.descriptor().name(), check.descriptor().location));
        let conflicts = checks.into_iter().filter_map(|check| registry.register_linked(check).err()).collect();
        (Arc::new(registry), conflicts)
    })
}

/// Links crates that nothing else in the program names, so that what they annotate is there.
///
/// The compiler leaves a dependency out of the program as long as no code names it, and its checks and metrics with it.
/// Write this once, in the crate of the program: `ops::link!(orders, payments);`.
/// `ops::Api::builder().expect_checks([..]).expect_metrics([..])` makes a forgotten one an error at the start.
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
