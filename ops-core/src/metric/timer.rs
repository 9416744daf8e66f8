//! Time that is counted when it is over.

use super::histogram::HistogramSeries;
use super::summary::SummarySeries;
use std::time::{Duration, Instant};

/// Counts the time from its making to its drop in a histogram or a summary, in seconds: also past an early return or a
/// panic.
#[must_use = "a timer that is dropped at once counts no time"]
#[derive(Debug)]
pub struct Timer<'a> {
    series: Option<Series<'a>>,
    started: Instant,
}

/// Where the time is counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Series<'a> {
    Histogram(HistogramSeries<'a>),
    Summary(SummarySeries),
}

impl Series<'_> {
    fn observe_duration(self, duration: Duration) {
        match self {
            Series::Histogram(series) => series.observe_duration(duration),
            Series::Summary(series) => series.observe_duration(duration),
        }
    }
}

impl<'a> Timer<'a> {
    pub(super) fn new(series: Series<'a>) -> Self {
        Timer { series: Some(series), started: Instant::now() }
    }

    /// Counts the time so far, and gives it.
    pub fn stop(mut self) -> Duration {
        let elapsed = self.started.elapsed();
        if let Some(series) = self.series.take() {
            series.observe_duration(elapsed);
        }
        elapsed
    }

    /// Counts nothing.
    pub fn discard(mut self) {
        self.series = None;
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        if let Some(series) = self.series {
            series.observe_duration(self.started.elapsed());
        }
    }
}
