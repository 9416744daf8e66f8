//! An injectable clock for tests, and a stopwatch based on the CPU's cycle counter.

mod stopwatch;

pub use stopwatch::Stopwatch;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A source of the current time: the system, or a manual clock in tests.
///
/// Cheap to clone; clones of a manual clock share the same time.
///
/// ```
/// # extern crate ops_core as ops;
/// use std::time::Duration;
///
/// let (clock, time) = ops::clock::Clock::manual();
/// let start = clock.now();
/// time.advance(Duration::from_secs(5));
/// assert_eq!(clock.now() - start, Duration::from_secs(5));
/// ```
#[derive(Clone, Default)]
pub struct Clock(ClockSource);

#[derive(Clone, Default)]
enum ClockSource {
    #[default]
    System,
    Manual(Arc<ManualState>),
}

/// A handle that advances a manual [`Clock`].
#[derive(Clone)]
pub struct ManualTime(Arc<ManualState>);

struct ManualState {
    start: Instant,
    /// The wall-clock time last set, and the elapsed time at that moment.
    time_of_day: Mutex<(SystemTime, Duration)>,
    nanoseconds: AtomicU64,
}

impl Clock {
    /// Creates a clock that only advances through the returned handle.
    pub fn manual() -> (Clock, ManualTime) {
        let state = Arc::new(ManualState {
            start: Instant::now(),
            time_of_day: Mutex::new((SystemTime::now(), Duration::ZERO)),
            nanoseconds: AtomicU64::new(0),
        });
        (Clock(ClockSource::Manual(state.clone())), ManualTime(state))
    }

    /// Returns the monotonic time, for durations and deadlines.
    pub fn now(&self) -> Instant {
        match &self.0 {
            ClockSource::System => Instant::now(),
            ClockSource::Manual(state) => state.start + state.elapsed(),
        }
    }

    /// Returns the wall-clock time, for display; it may go backward.
    pub fn time_of_day(&self) -> SystemTime {
        match &self.0 {
            ClockSource::System => SystemTime::now(),
            ClockSource::Manual(state) => {
                let (time_of_day, then) = *state.time_of_day();
                time_of_day + state.elapsed().saturating_sub(then)
            }
        }
    }
}

impl ManualState {
    fn time_of_day(&self) -> MutexGuard<'_, (SystemTime, Duration)> {
        self.time_of_day.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }
}

impl ManualTime {
    /// Advances the clock; up to 584 years in total.
    pub fn advance(&self, by: Duration) {
        let nanoseconds = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.0.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Sets the wall-clock time, forward or backward, as an operator or NTP does.
    ///
    /// [`Clock::now`] is not affected.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use std::time::SystemTime;
    ///
    /// let (clock, time) = ops::clock::Clock::manual();
    /// let start = clock.now();
    /// time.set_time_of_day(SystemTime::UNIX_EPOCH);
    /// assert_eq!((clock.time_of_day(), clock.now()), (SystemTime::UNIX_EPOCH, start));
    /// ```
    pub fn set_time_of_day(&self, time_of_day: SystemTime) {
        *self.0.time_of_day() = (time_of_day, self.0.elapsed());
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            ClockSource::System => "Clock(system)",
            ClockSource::Manual(_) => "Clock(manual)",
        })
    }
}

impl fmt::Debug for ManualTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualTime").field(&self.0.elapsed()).finish()
    }
}

/// Returns the time of the first call in this process, an approximation of the process start.
pub fn process_start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// Returns [`process_start`] as a Unix timestamp in seconds.
pub fn process_start_time() -> f64 {
    static START: OnceLock<f64> = OnceLock::new();
    *START.get_or_init(|| {
        let started = SystemTime::now() - process_start().elapsed();
        started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
    })
}
