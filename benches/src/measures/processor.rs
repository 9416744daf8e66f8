//! Which processor a thread runs on, and for how long.

use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Keeps this thread on processor number `processor`, where there is one.
pub(crate) fn pin(processor: usize) {
    let mut set = CpuSet::new();
    set.set(processor);
    // A machine with one processor runs all on that.
    let _ = sched_setaffinity(None, &set);
}

/// How long this thread has run: time in which it waited for a processor is not in it, so that what else the machine does
/// is felt less.
pub(crate) fn time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}
