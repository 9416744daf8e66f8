//! Options that the attribute `#[metric]` declares beside the name of an instrument.

use crate::metric::buckets::Buckets;
use crate::metric::series::SeriesOptions;
use std::time::Duration;

/// What an attribute declares of an instrument beside its name.
#[derive(Clone, Copy, Debug, Default)]
pub struct InstrumentOptions {
    unit: Option<&'static str>,
    buckets: Option<Buckets>,
    series: SeriesOptions,
}

impl InstrumentOptions {
    /// Nothing.
    pub const fn new() -> Self {
        InstrumentOptions { unit: None, buckets: None, series: SeriesOptions::new() }
    }

    /// Sets what is measured.
    #[must_use]
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Sets the buckets of a histogram.
    #[must_use]
    pub const fn buckets(mut self, buckets: Buckets) -> Self {
        self.buckets = Some(buckets);
        self
    }

    /// Sets the largest number of series of a dynamic label set. Updates of further series are counted in the overflow
    /// series, `ops_overflow="true"`.
    #[must_use]
    pub const fn max_series(mut self, series: u32) -> Self {
        self.series.max_series = Some(series);
        self
    }

    /// Sets the time to live of a series of a dynamic label set: a series that is idle for as long is removed.
    ///
    /// It is idle while no scrape finds that it was updated since the one before. An update counts whether or not it changes the
    /// value, unless it is rejected as invalid. The series of a gauge or a state set is also in use when it is looked up, and as
    /// long as a handle of it is held; that of a histogram or a summary as long as a timer is running. The overflow series stays.
    #[must_use]
    pub const fn ttl(mut self, idle: Duration) -> Self {
        self.series.ttl = Some(idle);
        self
    }

    /// These, for an instrument whose series are not told apart by labels.
    #[track_caller]
    pub(crate) const fn without_series(self) -> Self {
        let option = self.series.set_option();
        assert!(
            option.is_none(),
            "`max_series` and `ttl` apply to dynamic label sets only: an `Info` has one series; remove the option"
        );
        self
    }

    /// The options of its series.
    pub(crate) const fn series(self) -> SeriesOptions {
        self.series
    }

    /// These, for an instrument that has no buckets.
    #[track_caller]
    pub(crate) const fn without_buckets(self) -> Self {
        assert!(self.buckets.is_none(), "`buckets` are for a histogram: this is a counter, a gauge or a summary");
        self
    }

    pub(crate) const fn resolved_buckets(self) -> Buckets {
        match self.buckets {
            Some(buckets) => buckets,
            None => Buckets::for_unit(self.unit),
        }
    }
}
