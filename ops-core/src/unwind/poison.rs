//! Locks that ignore poisoning.

use std::sync::PoisonError;

/// Extension trait that returns the guard of a lock even if the lock is poisoned.
///
/// Use it only for state that is valid after every statement under the lock, so that a panic cannot leave it half updated. Works
/// on the result of `Mutex::lock`, `RwLock::read`, `RwLock::write`, `Condvar::wait` and similar methods.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::unwind::IgnorePoison;
/// use std::sync::Mutex;
///
/// let total = Mutex::new(7);
/// assert_eq!(*total.lock().ignore_poison(), 7);
/// ```
pub trait IgnorePoison {
    /// The guard of the lock.
    type Guard;

    /// Returns the guard, poisoned or not.
    fn ignore_poison(self) -> Self::Guard;
}

impl<G> IgnorePoison for Result<G, PoisonError<G>> {
    type Guard = G;

    fn ignore_poison(self) -> G {
        self.unwrap_or_else(PoisonError::into_inner)
    }
}
