//! How long something takes.

use std::time::Duration;

/// How long something takes, by the counter of the processor: what annotated functions and spans are timed with.
///
/// Where the processor has a counter of constant rate (x86-64 with an invariant TSC, AArch64) a reading costs a few
/// nanoseconds and no call into the system; elsewhere it is the monotonic clock of the system. The rate of the counter is
/// measured once in a program, as the first stopwatch starts: this takes about a millisecond, and never more than 200.
///
/// - It never goes back: where the counters of two processors differ, a duration is 0 rather than negative.
/// - It drifts: nobody disciplines the counter as the system's clock is (NTP), and its rate is known to about 1 part in
///   10,000. That is 0.1 ms in a second, below the width of any bucket; it does not add up, as each duration starts anew.
/// - While the machine is suspended the counter may stop, go on or start again at 0, as the processor pleases. A duration
///   across a suspension has the time that the counter saw, which may be 0.
///
/// For deadlines and for the time of day use [`Clock`](super::Clock).
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
    /// Starts one.
    #[inline]
    pub fn start() -> Self {
        Stopwatch(source::read())
    }

    /// The time since it started.
    #[inline]
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(source::nanoseconds_since(self.0))
    }

    /// The time since it started, in seconds.
    #[inline]
    pub fn elapsed_seconds(&self) -> f64 {
        source::nanoseconds_since(self.0) as f64 * 1e-9
    }
}

/// The counter of the processor.
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

/// Miri has no counter of a processor.
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

    /// The stopwatch runs inside `inner` and around `outer`, so that a thread that is put aside in between makes the
    /// bounds wider and never wrong.
    #[test]
    fn it_agrees_with_the_clock_of_the_system_to_one_part_in_a_hundred() {
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
    fn seconds_and_durations_are_the_same_time() {
        let stopwatch = Stopwatch::start();
        let before = stopwatch.elapsed().as_secs_f64();
        let seconds = stopwatch.elapsed_seconds();
        let after = stopwatch.elapsed().as_secs_f64();
        // A nanosecond for the rounding of the two.
        assert!(before <= seconds + 1e-9 && seconds <= after + 1e-9);
    }
}
