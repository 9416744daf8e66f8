//! Locks that stay usable after a panic.

use std::sync::PoisonError;

/// Takes what a lock guards although a thread panicked while it held the lock.
///
/// For state that is valid between any two statements under the lock, so that a panic cannot leave it half changed. Works
/// on the result of `Mutex::lock`, `RwLock::read` and `write`, `Condvar::wait` and their like.
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
