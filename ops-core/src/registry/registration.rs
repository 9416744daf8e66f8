//! RAII guards that end a registration when dropped.

use std::fmt;
use std::sync::Weak;

/// A guard that removes its instrument or callback from the registry when dropped.
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
#[must_use = "the registration ends when the guard is dropped; keep it, or call `forever`"]
pub struct Registration {
    /// Weak, so that a registration does not keep its registry alive.
    registry: Weak<dyn Registrar>,
    id: RegistrationId,
}

/// A registry that can remove a registration.
pub(super) trait Registrar: Send + Sync {
    /// Removes the registration `id`.
    fn end(&self, id: RegistrationId);
}

/// The ID of a registration, unique in the process.
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

    /// Keeps the registration for the lifetime of the registry.
    pub fn forever(mut self) {
        self.registry = Weak::<Nowhere>::new();
    }
}

/// A registrar that does nothing.
struct Nowhere;

impl Registrar for Nowhere {
    fn end(&self, _id: RegistrationId) {}
}

impl Drop for Registration {
    /// Removes the registration. A callback run in progress continues until it finishes.
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
