//! Registrations: what is registered until its handle is dropped.

use std::fmt;
use std::sync::Weak;

/// A registration, which ends when this is dropped.
///
/// ```
/// # extern crate ops_core as ops;
/// let metrics = ops::Metrics::new();
/// let registration = metrics.collect_gauge("pool_connections", "", |pool| pool.set(8.0, &[]))?;
/// assert_eq!(metrics.to_text(), "# TYPE pool_connections gauge\npool_connections 8\n");
/// drop(registration);
/// assert_eq!(metrics.to_text(), "");
/// # Ok::<(), ops::registry::MetricError>(())
/// ```
#[must_use = "the registration ends when this is dropped: keep it, or call `forever`"]
pub struct Registration {
    /// Not kept alive by what is registered in it.
    registry: Weak<dyn Registrar>,
    id: RegistrationId,
}

/// The registry that holds the registration.
pub(super) trait Registrar: Send + Sync {
    /// Ends a registration.
    fn end(&self, id: RegistrationId);
}

/// The number of a registration, which no other one of the process has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RegistrationId(u64);

impl RegistrationId {
    pub(super) fn next() -> RegistrationId {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(0);
        RegistrationId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Registration {
    pub(super) fn new(registry: Weak<dyn Registrar>, id: RegistrationId) -> Self {
        Registration { registry, id }
    }

    /// Lets the registration last as long as the registry.
    pub fn forever(mut self) {
        self.registry = Weak::<Nowhere>::new();
    }
}

/// A registry without registrations.
struct Nowhere;

impl Registrar for Nowhere {
    fn end(&self, _id: RegistrationId) {}
}

impl Drop for Registration {
    /// Ends the registration. A callback that runs at this moment runs to its end.
    fn drop(&mut self) {
        if let Some(registry) = self.registry.upgrade() {
            registry.end(self.id);
        }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registration").field(&self.id.0).finish()
    }
}
