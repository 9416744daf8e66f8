//! What is linked into this program, one line each: the globals of the library.

use crate::registry::{Catalog, Metrics, Registry, RegistryError};
use std::sync::OnceLock;

/// The metrics of this program: all that the attributes declare, and what is made at run time.
///
/// Where two declarations conflict the first is served; `Api::builder().build()` gives the error.
pub fn metrics() -> &'static Metrics {
    &linked().0
}

/// Everything that is linked into this program, with its place in the source.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::linked(metrics()))
}

/// What conflicts in this program's metrics.
pub(crate) fn conflicts() -> Option<&'static RegistryError> {
    linked().1.as_ref()
}

fn linked() -> &'static (Metrics, Option<RegistryError>) {
    static LINKED: OnceLock<(Metrics, Option<RegistryError>)> = OnceLock::new();
    LINKED.get_or_init(|| {
        let (registry, conflicts) = Registry::linked_lenient();
        (Metrics::with_registry(registry), conflicts)
    })
}
