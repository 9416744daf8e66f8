//! CPU affinity and CPU time of threads.

use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Pins this thread to processor number `processor`, if the machine has it.
pub(crate) fn pin(processor: usize) {
    let mut set = CpuSet::new();
    set.set(processor);
    // Fails on machines with a single processor; the measurement then runs unpinned.
    let _ = sched_setaffinity(None, &set);
}

/// Returns the CPU time of this thread.
///
/// Unlike wall-clock time, it excludes the time in which other processes preempt the thread.
pub(crate) fn time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}
