//! Measures elapsed time with the CPU's cycle counter.

use std::time::Duration;

/// A stopwatch based on the CPU's cycle counter; it times annotated functions and spans.
///
/// Where the CPU has a constant-rate counter (x86-64 with an invariant TSC, AArch64), a reading costs a few nanoseconds and no
/// system call; elsewhere the monotonic clock of the system is read. The counter is calibrated once per process, when the first
/// stopwatch starts: this takes about 1 ms, at most 200 ms.
///
/// - Elapsed time is never negative: if the counters of two cores differ, the duration saturates at 0.
/// - The counter drifts: it is not disciplined by NTP, and its rate is known to about 1 part in 10,000. That is 0.1 ms per
///   second, less than the width of any bucket; the error does not accumulate across measurements.
/// - While the machine is suspended the counter may stop, continue or reset, depending on the CPU. A duration that spans a
///   suspension covers only the time that the counter counted, which may be 0.
///
/// For deadlines and wall-clock time use [`Clock`](super::Clock).
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::clock::Stopwatch;
///
/// let stopwatch = Stopwatch::start();
/// let first = stopwatch.elapsed();
/// assert!(stopwatch.elapsed() >= first);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(source::Reading);

impl Stopwatch {
    /// Starts a stopwatch.
    #[inline]
    pub fn start() -> Self {
        Stopwatch(source::read())
    }

    /// Returns the time elapsed since the start.
    #[inline]
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(source::nanoseconds_since(self.0))
    }

    /// Returns the time elapsed since the start, in seconds.
    #[inline]
    pub fn elapsed_seconds(&self) -> f64 {
        source::nanoseconds_since(self.0) as f64 * 1e-9
    }
}

/// The cycle counter of the CPU.
#[cfg(not(miri))]
mod source {
    use std::sync::LazyLock;

    pub(super) type Reading = u64;

    static COUNTER: LazyLock<quanta::Clock> = LazyLock::new(quanta::Clock::new);

    #[inline]
    pub(super) fn read() -> Reading {
        COUNTER.raw()
    }

    #[inline]
    pub(super) fn nanoseconds_since(start: Reading) -> u64 {
        COUNTER.delta_as_nanos(start, COUNTER.raw())
    }
}

/// The system clock: Miri does not emulate a cycle counter.
#[cfg(miri)]
mod source {
    use std::time::Instant;

    pub(super) type Reading = Instant;

    pub(super) fn read() -> Reading {
        Instant::now()
    }

    pub(super) fn nanoseconds_since(start: Reading) -> u64 {
        u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// The stopwatch starts between `outer` and `inner`, so preemption only widens the bounds.
    #[test]
    fn agrees_with_the_system_clock_within_one_percent() {
        let _calibrated = Stopwatch::start();
        let outer = Instant::now();
        let stopwatch = Stopwatch::start();
        let inner = Instant::now();
        while inner.elapsed() < Duration::from_millis(20) {}
        let at_least = inner.elapsed();
        let measured = stopwatch.elapsed();
        let at_most = outer.elapsed();
        assert!(measured >= at_least.mul_f64(0.99) && measured <= at_most.mul_f64(1.01), "{measured:?}");
    }

    #[test]
    fn elapsed_seconds_agrees_with_elapsed() {
        let stopwatch = Stopwatch::start();
        let before = stopwatch.elapsed().as_secs_f64();
        let seconds = stopwatch.elapsed_seconds();
        let after = stopwatch.elapsed().as_secs_f64();
        // Allow 1 ns of rounding.
        assert!(before <= seconds + 1e-9 && seconds <= after + 1e-9);
    }
}
