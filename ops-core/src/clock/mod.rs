//! Time as a value, so that a test can own it; and how long something takes, as cheaply as the processor tells it.

mod stopwatch;

pub use stopwatch::Stopwatch;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Where the present moment comes from: the machine, or a test.
///
/// Cheap to clone; clones of a manual clock show the same time.
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
    Manual(Arc<Moved>),
}

/// Moves a manual [`Clock`].
#[derive(Clone)]
pub struct ManualTime(Arc<Moved>);

struct Moved {
    start: Instant,
    /// A time of day, and how far the clock was moved by then.
    time_of_day: Mutex<(SystemTime, Duration)>,
    nanoseconds: AtomicU64,
}

impl Clock {
    /// A clock that stands still until it is moved, and what moves it.
    pub fn manual() -> (Clock, ManualTime) {
        let moved = Arc::new(Moved {
            start: Instant::now(),
            time_of_day: Mutex::new((SystemTime::now(), Duration::ZERO)),
            nanoseconds: AtomicU64::new(0),
        });
        (Clock(ClockSource::Manual(moved.clone())), ManualTime(moved))
    }

    /// The present moment, for durations and deadlines: it never goes back.
    pub fn now(&self) -> Instant {
        match &self.0 {
            ClockSource::System => Instant::now(),
            ClockSource::Manual(moved) => moved.start + moved.elapsed(),
        }
    }

    /// The time of day, for what a person reads.
    pub fn time_of_day(&self) -> SystemTime {
        match &self.0 {
            ClockSource::System => SystemTime::now(),
            ClockSource::Manual(moved) => {
                let (time_of_day, then) = *moved.time_of_day();
                time_of_day + moved.elapsed().saturating_sub(then)
            }
        }
    }
}

impl Moved {
    fn time_of_day(&self) -> MutexGuard<'_, (SystemTime, Duration)> {
        self.time_of_day.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }
}

impl ManualTime {
    /// Moves the clock forward, up to 584 years in all.
    pub fn advance(&self, by: Duration) {
        let nanoseconds = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.0.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Sets the time of day, forward or back, as an operator or NTP does. [`Clock::now`] does not notice.
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

/// When this process first asked: close enough to its start for an uptime.
pub fn process_start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// When this process first asked, in seconds since 1970-01-01 UTC.
pub fn process_start_time() -> f64 {
    static START: OnceLock<f64> = OnceLock::new();
    *START.get_or_init(|| {
        let started = SystemTime::now() - process_start().elapsed();
        started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
    })
}
