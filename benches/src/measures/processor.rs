//! Which processor a thread runs on.

use rustix::thread::{CpuSet, sched_setaffinity};

/// Keeps this thread on processor number `processor`, where there is one.
pub(crate) fn pin(processor: usize) {
    let mut set = CpuSet::new();
    set.set(processor);
    // A machine with one processor runs all on that.
    let _ = sched_setaffinity(None, &set);
}
