//! Function calls counted and timed in thread-local cells.
//!
//! One cell counts calls in flight, and a histogram of 11 buckets counts completed calls. Outcomes are not recorded.

use super::cells::{add, block};
use crate::function::{Pending, drive, work};
use crate::subject::Operation;
use quanta::Clock;
use std::hint::black_box;
use std::sync::LazyLock;
use std::sync::atomic::Ordering::Relaxed;

/// Index of the cell for calls in flight.
const IN_FLIGHT: usize = 128;
/// Index of the first bucket.
const BUCKETS: usize = 129;
/// Index of the sum of durations.
const SUM: usize = 145;

/// Upper bounds of the buckets, in nanoseconds.
const BOUNDS: [u64; 11] = [
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::new);

/// Guard of a call; tracks it as in flight if `COUNTED`.
struct Call<const COUNTED: bool> {
    clock: &'static Clock,
    started: u64,
}

impl<const COUNTED: bool> Call<COUNTED> {
    #[inline(always)]
    fn enter(clock: &'static Clock) -> Self {
        if COUNTED {
            add(&block()[IN_FLIGHT], 1);
        }
        Call { clock, started: clock.raw() }
    }
}

impl<const COUNTED: bool> Drop for Call<COUNTED> {
    #[inline(always)]
    fn drop(&mut self) {
        let nanoseconds = self.clock.delta_as_nanos(self.started, self.clock.raw());
        let bucket: usize = BOUNDS.iter().map(|bound| usize::from(*bound < nanoseconds)).sum();
        let block = block();
        add(&block[BUCKETS + bucket % 16], 1);
        add(&block[SUM], nanoseconds);
        if COUNTED {
            block[IN_FLIGHT].store(block[IN_FLIGHT].load(Relaxed).wrapping_sub(1), Relaxed);
        }
    }
}

pub(super) fn sync() -> Operation {
    #[inline(never)]
    fn call(clock: &'static Clock, input: u64) -> u64 {
        let _call = Call::<true>::enter(clock);
        work(input)
    }
    let clock = &*CLOCK;
    Operation::new(|at| black_box(call(clock, at as u64)))
}

pub(super) fn asynchronous() -> Operation {
    async fn call(clock: &'static Clock, input: u64) -> u64 {
        let _call = Call::<true>::enter(clock);
        Pending(0).await;
        work(input)
    }
    let clock = &*CLOCK;
    Operation::new(|at| black_box(drive(call(clock, at as u64))))
}

pub(super) fn ten_awaits() -> Operation {
    async fn call(clock: &'static Clock, input: u64) -> u64 {
        let _call = Call::<true>::enter(clock);
        Pending(10).await;
        work(input)
    }
    let clock = &*CLOCK;
    Operation::new(|at| black_box(drive(call(clock, at as u64))))
}

pub(super) fn duration_only() -> Operation {
    #[inline(never)]
    fn call(clock: &'static Clock, input: u64) -> u64 {
        let _call = Call::<false>::enter(clock);
        work(input)
    }
    let clock = &*CLOCK;
    Operation::new(|at| black_box(call(clock, at as u64)))
}
