//! Options of instruments, as declared by `#[metric]`.

use crate::metric::buckets::Buckets;
use crate::metric::series::SeriesOptions;
use std::time::Duration;

/// Options of an instrument: its unit, its buckets, and the limits of its dynamic label set.
#[derive(Clone, Copy, Debug, Default)]
pub struct InstrumentOptions {
    unit: Option<&'static str>,
    buckets: Option<Buckets>,
    series: SeriesOptions,
}

impl InstrumentOptions {
    /// Creates the default options.
    pub const fn new() -> Self {
        InstrumentOptions { unit: None, buckets: None, series: SeriesOptions::new() }
    }

    /// Sets the unit, which determines the default buckets of a histogram.
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

    /// Sets the maximum number of series of a dynamic label set.
    ///
    /// Updates of further series go to the overflow series, `ops_overflow="true"`. The default is
    /// [that of the registry](crate::Metrics::set_default_max_series), initially 2,000.
    #[must_use]
    pub const fn max_series(mut self, series: u32) -> Self {
        self.series.max_series = Some(series);
        self
    }

    /// Sets the idle time after which a series of a dynamic label set is removed.
    ///
    /// By default, series never expire. Idle time is measured from scrape to scrape: a series is idle while scrapes find no
    /// update since the previous scrape. Any valid update counts, even if it does not change the value. A gauge or state set
    /// series is also in use when it is looked up and while a handle to it is held, a histogram or summary series while a timer
    /// is running. The overflow series never expires.
    #[must_use]
    pub const fn ttl(mut self, idle: Duration) -> Self {
        self.series.ttl = Some(idle);
        self
    }

    /// Validates the options of an instrument with a single series.
    ///
    /// # Panics
    /// Panics if `max_series` or `ttl` is set.
    #[track_caller]
    pub(crate) const fn without_series(self) -> Self {
        let option = self.series.declared_option();
        assert!(
            option.is_none(),
            "`max_series` and `ttl` require a dynamic label set: an `Info` has a single series; remove the option"
        );
        self
    }

    /// Returns the options of the series.
    pub(crate) const fn series(self) -> SeriesOptions {
        self.series
    }

    /// Validates the options of an instrument without buckets.
    ///
    /// # Panics
    /// Panics if buckets are set.
    #[track_caller]
    pub(crate) const fn without_buckets(self) -> Self {
        assert!(
            self.buckets.is_none(),
            "`buckets` requires a histogram: this is a counter, a gauge or a summary; remove the option"
        );
        self
    }

    /// Returns the declared buckets, or else the default buckets of the unit.
    pub(crate) const fn resolved_buckets(self) -> Buckets {
        match self.buckets {
            Some(buckets) => buckets,
            None => Buckets::for_unit(self.unit),
        }
    }
}
