//! How checks come and go.

use super::check::{Body, Check};
use super::runner::Health;
use super::{CheckContext, HealthError, IntoOutcome, LinkedCheck, Run};
use crate::descriptor::CheckDescriptor;
use crate::name::is_check_name;
use std::sync::{Arc, PoisonError};

impl Health {
    /// Registers `check` as a critical readiness check called `name`, with a timeout of 2 s. One that has the name
    /// already is replaced; the very next run is of the new one.
    ///
    /// # Panics
    /// If `name` is not the name of a check (`[a-z0-9][a-z0-9_.-]*`, at most 64 bytes). For a name that is not written
    /// in the program, there is [`try_register`](Self::try_register).
    #[track_caller]
    pub fn register<F, A>(&self, name: impl Into<String>, check: F)
    where
        F: Fn(CheckContext) -> A + Send + Sync + 'static,
        A: Future + Send + 'static,
        A::Output: IntoOutcome,
    {
        if let Err(error) = self.try_register(name, check) {
            panic!("{error}");
        }
    }

    /// Registers `check` as [`register`](Self::register) does.
    ///
    /// # Errors
    /// [`HealthError::Name`] if `name` is not the name of a check.
    pub fn try_register<F, A>(&self, name: impl Into<String>, check: F) -> Result<(), HealthError>
    where
        F: Fn(CheckContext) -> A + Send + Sync + 'static,
        A: Future + Send + 'static,
        A::Output: IntoOutcome,
    {
        self.register_check(CheckDescriptor::named(name), check)
    }

    /// Registers `check` as `descriptor` says, in place of the one that has its name.
    ///
    /// # Errors
    /// [`HealthError::Name`] if it is not the name of a check.
    pub fn register_check<F, A>(&self, descriptor: CheckDescriptor, check: F) -> Result<(), HealthError>
    where
        F: Fn(CheckContext) -> A + Send + Sync + 'static,
        A: Future + Send + 'static,
        A::Output: IntoOutcome,
    {
        self.replace(
            descriptor,
            Body::Async(Box::new(move |context| {
                let answer = check(context);
                Box::pin(async move { answer.await.into_outcome() })
            })),
        )
    }

    /// Registers `check`, which blocks its thread, as `descriptor` says, in place of the one that has its name.
    ///
    /// A run that takes longer than the timeout is reported as such and goes on; no second one is started beside it.
    ///
    /// # Errors
    /// [`HealthError::Name`] if it is not the name of a check.
    pub fn register_blocking<F, O>(&self, descriptor: CheckDescriptor, check: F) -> Result<(), HealthError>
    where
        F: Fn(CheckContext) -> O + Send + Sync + 'static,
        O: IntoOutcome,
    {
        self.replace(descriptor, Body::Blocking(Box::new(move |context| check(context).into_outcome())))
    }

    /// Registers a check that was linked into the program.
    ///
    /// # Errors
    /// [`HealthError::Duplicate`] if there is one of that name: it stays. [`HealthError::Name`] if it is not the name
    /// of a check.
    pub fn register_linked(&self, check: &LinkedCheck) -> Result<(), HealthError> {
        let descriptor = checked(check.descriptor().clone())?;
        let body = match check.run() {
            Run::Async(run) => Body::Async(Box::new(run)),
            Run::Blocking(run) => Body::Blocking(Box::new(run)),
        };
        let mut checks = self.checks.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = checks.get(descriptor.name()) {
            return Err(HealthError::Duplicate {
                name: descriptor.name().to_owned(),
                first: first.descriptor.location.map(Box::new),
                second: descriptor.location.map(Box::new),
            });
        }
        checks.insert(descriptor.name().to_owned(), Arc::new(Check::new(descriptor, body, self.journal.clone())));
        drop(checks);
        self.altered.notify_one();
        Ok(())
    }

    fn replace(&self, descriptor: CheckDescriptor, body: Body) -> Result<(), HealthError> {
        let descriptor = checked(descriptor)?;
        let name = descriptor.name().to_owned();
        let check = Arc::new(Check::new(descriptor, body, self.journal.clone()));
        let mut checks = self.checks.write().unwrap_or_else(PoisonError::into_inner);
        let replaced = checks.insert(name, check);
        // What it captured has foreign destructors: they run when the lock is free again.
        drop(checks);
        if let Some(replaced) = replaced {
            replaced.retire();
        }
        self.altered.notify_one();
        Ok(())
    }

    /// Takes out the check called `name`; whether there was one.
    pub fn deregister(&self, name: &str) -> bool {
        let removed = self.checks.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        removed.inspect(|check| check.retire()).is_some()
    }
}

fn checked(descriptor: CheckDescriptor) -> Result<CheckDescriptor, HealthError> {
    if is_check_name(descriptor.name()) {
        Ok(descriptor)
    } else {
        Err(HealthError::Name { name: descriptor.name().to_owned() })
    }
}
