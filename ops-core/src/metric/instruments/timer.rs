//! Timers, which record elapsed time in a histogram or a summary.

use crate::metric::cells::{CellRef, Distribution, thread_cells};
use crate::metric::distribution::observe;
use std::time::{Duration, Instant};

/// A guard that records the time since its creation, in seconds, when dropped.
///
/// Also records on early returns and panics.
#[must_use = "a timer records the elapsed time as soon as it is dropped"]
#[derive(Debug)]
pub struct Timer<'a> {
    target: Option<Target<'a>>,
    started: Instant,
}

/// The series that a timer records to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    Histogram { cells: CellRef, layout: Distribution, bounds: &'a [f64] },
    Summary { cells: CellRef, layout: Distribution },
}

impl Target<'_> {
    fn observe(self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        match self {
            Target::Histogram { cells, layout, bounds: [] } => observe::native(cells, layout.shift, seconds),
            Target::Histogram { cells, layout: Distribution { native: 0, .. }, bounds } => {
                observe::classic(cells, bounds, seconds);
            }
            Target::Histogram { cells, layout, bounds } => observe::both(cells, bounds, layout.shift, seconds),
            Target::Summary { cells, .. } => observe::sum(cells, seconds),
        }
    }

    /// Adds `by` to the number of running timers of the series, which keep it from expiring.
    fn add_timers(self, by: i64) {
        let (Target::Histogram { cells, layout, .. } | Target::Summary { cells, layout }) = self;
        if cells.may_expire() {
            thread_cells::add_timers(cells, layout, by);
        }
    }
}

impl<'a> Timer<'a> {
    pub(super) fn new(target: Target<'a>) -> Self {
        target.add_timers(1);
        Timer { target: Some(target), started: Instant::now() }
    }

    /// Stops the timer and records the elapsed time. Returns the elapsed time.
    pub fn stop(mut self) -> Duration {
        let elapsed = self.started.elapsed();
        if let Some(target) = self.target.take() {
            target.observe(elapsed);
            target.add_timers(-1);
        }
        elapsed
    }

    /// Stops the timer without recording it.
    pub fn discard(mut self) {
        if let Some(target) = self.target.take() {
            target.add_timers(-1);
        }
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        if let Some(target) = self.target {
            target.observe(self.started.elapsed());
            target.add_timers(-1);
        }
    }
}
