//! Checks declared by `#[health_check]`, linked into the program as constant data.

use super::{CheckContext, Outcome};
use crate::descriptor::CheckDescriptor;
use std::pin::Pin;

/// The future of one run of an `async` check.
pub type CheckFuture = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The function of a linked check.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Run {
    /// Runs as an async task, which is canceled on timeout.
    Async(fn(CheckContext) -> CheckFuture),
    /// Runs on a blocking thread.
    ///
    /// The run cannot be canceled: it continues after a timeout, and the next run starts only after it has returned.
    Blocking(fn(CheckContext) -> Outcome),
}

/// A check declared by `#[health_check]`, registered when the program starts.
#[derive(Clone, Debug)]
pub struct LinkedCheck {
    pub(crate) descriptor: CheckDescriptor,
    run: Run,
}

impl LinkedCheck {
    /// Creates a linked check.
    pub const fn new(descriptor: CheckDescriptor, run: Run) -> Self {
        LinkedCheck { descriptor, run }
    }

    /// Returns the declaration of the check.
    pub const fn descriptor(&self) -> &CheckDescriptor {
        &self.descriptor
    }

    /// Returns the function to run.
    pub const fn run(&self) -> Run {
        self.run
    }
}
