//! Registry of health checks, both linked and registered at run time.

use super::linked_check::{CheckFuture, LinkedCheck, Run};
use super::{CheckContext, CheckError, Outcome};
use crate::descriptor::CheckDescriptor;
use crate::name::is_check_name;
use crate::unwind::{Guarded, IgnorePoison};
use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, RwLock};
use std::task::{Context, Poll, Waker};

/// The function of a check.
#[non_exhaustive]
pub enum CheckFn {
    /// Returns a future to run as an async task.
    Async(Box<dyn Fn(CheckContext) -> CheckFuture + Send + Sync>),
    /// Blocks and must run on a blocking thread.
    Blocking(Box<dyn Fn(CheckContext) -> Outcome + Send + Sync>),
}

impl From<Run> for CheckFn {
    fn from(run: Run) -> Self {
        match run {
            Run::Async(run) => CheckFn::Async(Box::new(run)),
            Run::Blocking(run) => CheckFn::Blocking(Box::new(run)),
        }
    }
}

impl fmt::Debug for CheckFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CheckFn::Async(_) => "CheckFn::Async",
            CheckFn::Blocking(_) => "CheckFn::Blocking",
        })
    }
}

/// A check of a [`CheckRegistry`].
///
/// Compare checks with [`Arc::ptr_eq`]: a check that replaces another of the same name is a different check.
#[derive(Debug)]
pub struct RegisteredCheck {
    descriptor: CheckDescriptor,
    function: Guarded<CheckFn>,
}

impl RegisteredCheck {
    /// Returns the declaration of the check.
    pub fn descriptor(&self) -> &CheckDescriptor {
        &self.descriptor
    }

    /// Returns the function to run. `None` only while the check is being dropped.
    pub fn function(&self) -> Option<&CheckFn> {
        self.function.get()
    }
}

/// A registry of health checks by name, which check runners watch.
///
/// The registry of the program, [`linked::checks`](crate::linked::checks), is shared by all runners of the program.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::descriptor::CheckDescriptor;
/// use ops::health::{CheckFn, CheckRegistry, Outcome};
///
/// let checks = CheckRegistry::new();
/// let disk = CheckFn::Blocking(Box::new(|_context| Outcome::healthy()));
/// checks.register(CheckDescriptor::new("disk"), disk)?;
/// assert_eq!(checks.checks()[0].descriptor().name(), "disk");
/// assert!(checks.deregister("disk"));
/// # Ok::<(), ops::health::CheckError>(())
/// ```
#[derive(Debug, Default)]
pub struct CheckRegistry {
    state: RwLock<RegistryState>,
    waiting: Mutex<Vec<Waker>>,
}

#[derive(Debug, Default)]
struct RegistryState {
    checks: BTreeMap<String, Arc<RegisteredCheck>>,
    generation: u64,
}

impl CheckRegistry {
    /// Creates an empty registry.
    pub fn new() -> Self {
        CheckRegistry::default()
    }

    /// Registers a check, replacing one with the same name.
    ///
    /// # Errors
    /// Returns [`CheckError::InvalidName`] if the name is invalid.
    pub fn register(&self, descriptor: CheckDescriptor, function: CheckFn) -> Result<(), CheckError> {
        self.insert(descriptor, function, false)
    }

    /// Registers a check declared by `#[health_check]`.
    ///
    /// # Errors
    /// Returns [`CheckError::Duplicate`] if a check with this name exists, which stays registered, and
    /// [`CheckError::InvalidName`] if the name is invalid.
    pub fn register_linked(&self, check: &LinkedCheck) -> Result<(), CheckError> {
        self.insert(check.descriptor().clone(), check.run().into(), true)
    }

    fn insert(&self, descriptor: CheckDescriptor, function: CheckFn, must_be_new: bool) -> Result<(), CheckError> {
        let name = descriptor.name().to_owned();
        if !is_check_name(&name) {
            return Err(CheckError::InvalidName { name });
        }
        let mut state = self.state.write().ignore_poison();
        if let Some(first) = state.checks.get(&name).filter(|_| must_be_new) {
            let (first, second) = (first.descriptor.location, descriptor.location);
            return Err(CheckError::Duplicate { name, first: first.map(Box::new), second: second.map(Box::new) });
        }
        let check = Arc::new(RegisteredCheck { descriptor, function: Guarded::new(function) });
        let replaced = state.checks.insert(name, check);
        state.generation += 1;
        // Dropping the replaced check runs user destructors, which must not run under the lock.
        drop(state);
        drop(replaced);
        self.wake();
        Ok(())
    }

    /// Removes the check `name`. Returns `true` if it existed.
    pub fn deregister(&self, name: &str) -> bool {
        let mut state = self.state.write().ignore_poison();
        let removed = state.checks.remove(name);
        state.generation += u64::from(removed.is_some());
        drop(state);
        if removed.is_some() {
            self.wake();
        }
        removed.is_some()
    }

    /// Returns the checks, sorted by name.
    pub fn checks(&self) -> Vec<Arc<RegisteredCheck>> {
        self.checks_at().1
    }

    /// Returns the current generation and its checks, sorted by name.
    pub fn checks_at(&self) -> (u64, Vec<Arc<RegisteredCheck>>) {
        let state = self.state.read().ignore_poison();
        (state.generation, state.checks.values().cloned().collect())
    }

    /// Returns the generation, which every registration and deregistration increments.
    pub fn generation(&self) -> u64 {
        self.state.read().ignore_poison().generation
    }

    /// Waits until the [`generation`](CheckRegistry::generation) differs from `seen`, and returns it.
    ///
    /// Works on any async runtime.
    pub fn changed(&self, seen: u64) -> impl Future<Output = u64> + Send + '_ {
        Changed { registry: self, seen }
    }

    fn wake(&self) {
        let waiting = std::mem::take(&mut *self.waiting.lock().ignore_poison());
        waiting.into_iter().for_each(Waker::wake);
    }
}

struct Changed<'a> {
    registry: &'a CheckRegistry,
    seen: u64,
}

impl Future for Changed<'_> {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u64> {
        // The waker is enqueued before the generation is read, so that no change is missed.
        let mut waiting = self.registry.waiting.lock().ignore_poison();
        if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
        drop(waiting);
        match self.registry.generation() {
            generation if generation == self.seen => Poll::Pending,
            generation => Poll::Ready(generation),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;

    fn healthy() -> CheckFn {
        CheckFn::Blocking(Box::new(|_| Outcome::healthy()))
    }

    #[test]
    fn register_replaces_and_deregister_removes() {
        let checks = CheckRegistry::new();
        checks.register(CheckDescriptor::new("db"), healthy()).unwrap();
        let first = checks.checks().remove(0);
        checks.register(CheckDescriptor::new("db"), healthy()).unwrap();
        assert!(!Arc::ptr_eq(&first, &checks.checks()[0]));
        assert!(checks.deregister("db") && !checks.deregister("db"));
        assert_eq!((checks.checks().len(), checks.generation()), (0, 3));
    }

    #[test]
    fn rejects_invalid_names() {
        let error = CheckRegistry::new().register(CheckDescriptor::new("Db"), healthy()).unwrap_err();
        assert_eq!(error, CheckError::InvalidName { name: "Db".to_owned() });
    }

    #[test]
    fn registration_wakes_waiters() {
        let checks = CheckRegistry::new();
        let mut context = Context::from_waker(Waker::noop());
        let mut changed = pin!(checks.changed(0));
        assert!(changed.as_mut().poll(&mut context).is_pending());
        checks.register(CheckDescriptor::new("db"), healthy()).unwrap();
        assert_eq!(changed.poll(&mut context), Poll::Ready(1));
    }
}
