//! Time that is counted when it is over.

use crate::metric::distribution::observe;
use std::time::{Duration, Instant};

/// Counts the time from its making to its drop in a histogram or a summary, in seconds: also past an early return or a
/// panic.
#[must_use = "a timer that is dropped at once counts no time"]
#[derive(Debug)]
pub struct Timer<'a> {
    target: Option<Target<'a>>,
    started: Instant,
}

/// The series in which the time is counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    Histogram { slot: u32, bounds: &'a [f64], is_native: bool },
    Summary { slot: u32 },
}

impl Target<'_> {
    fn observe(self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        match self {
            Target::Histogram { slot, bounds: [], .. } => observe::native(slot, seconds),
            Target::Histogram { slot, bounds, is_native: false } => observe::classic(slot, bounds, seconds),
            Target::Histogram { slot, bounds, is_native: true } => observe::both(slot, bounds, seconds),
            Target::Summary { slot } => observe::sum(slot, seconds),
        }
    }
}

impl<'a> Timer<'a> {
    pub(super) fn new(target: Target<'a>) -> Self {
        Timer { target: Some(target), started: Instant::now() }
    }

    /// Counts the time so far, and gives it.
    pub fn stop(mut self) -> Duration {
        let elapsed = self.started.elapsed();
        if let Some(target) = self.target.take() {
            target.observe(elapsed);
        }
        elapsed
    }

    /// Counts nothing.
    pub fn discard(mut self) {
        self.target = None;
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        if let Some(target) = self.target {
            target.observe(self.started.elapsed());
        }
    }
}
