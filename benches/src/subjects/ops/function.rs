//! Annotated functions.

use crate::function::{Pending, drive, work};
use crate::subject::Operation;
use std::hint::black_box;

pub(super) fn sync() -> Operation {
    #[inline(never)]
    #[ops::metric]
    fn measured(input: u64) -> u64 {
        work(input)
    }
    Operation::new(|at| black_box(measured(at as u64)))
}

pub(super) fn asynchronous() -> Operation {
    #[ops::metric]
    async fn measured_async(input: u64) -> u64 {
        Pending(0).await;
        work(input)
    }
    Operation::new(|at| black_box(drive(measured_async(at as u64))))
}

pub(super) fn ten_awaits() -> Operation {
    #[ops::metric]
    async fn measured_ten_awaits(input: u64) -> u64 {
        Pending(10).await;
        work(input)
    }
    Operation::new(|at| black_box(drive(measured_ten_awaits(at as u64))))
}

pub(super) fn span() -> Operation {
    #[inline(never)]
    #[ops::instrument_span]
    fn spanned(input: u64) -> u64 {
        work(input)
    }
    Operation::new(|at| black_box(spanned(at as u64)))
}
