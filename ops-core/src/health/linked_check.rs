//! A check as an attribute leaves it in the program: plain constant data.

use super::{CheckContext, Outcome};
use crate::descriptor::CheckDescriptor;
use std::pin::Pin;

/// One run of an `async` check.
pub type CheckFuture = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// How a check is run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Run {
    /// As a task; it is dropped when its time is over.
    Async(fn(CheckContext) -> CheckFuture),
    /// On a thread that may block. It cannot be stopped: when its time is over it goes on, and no second run is
    /// started beside it.
    Blocking(fn(CheckContext) -> Outcome),
}

/// A check as the attribute `#[health_check]` leaves it in the program, to be found when it starts.
#[derive(Clone, Debug)]
pub struct LinkedCheck {
    pub(crate) descriptor: CheckDescriptor,
    run: Run,
}

impl LinkedCheck {
    /// The check that `descriptor` declares.
    pub const fn new(descriptor: CheckDescriptor, run: Run) -> Self {
        LinkedCheck { descriptor, run }
    }

    /// What it declares.
    pub const fn descriptor(&self) -> &CheckDescriptor {
        &self.descriptor
    }

    /// How it is run.
    pub const fn run(&self) -> Run {
        self.run
    }
}
