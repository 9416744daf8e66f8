//! Body of the benchmarked functions, and a minimal executor for async ones.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Body of a benchmarked function; takes about 2 ns.
#[inline(always)]
pub(crate) fn work(input: u64) -> u64 {
    black_box(input).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 1
}

/// Polls `future` in a loop until it completes.
#[inline(always)]
pub(crate) fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// A future that returns `Poll::Pending` this number of times.
pub(crate) struct Pending(pub(crate) u8);

impl Future for Pending {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<()> {
        match self.0.checked_sub(1) {
            None => Poll::Ready(()),
            Some(remaining) => {
                self.0 = remaining;
                Poll::Pending
            }
        }
    }
}
