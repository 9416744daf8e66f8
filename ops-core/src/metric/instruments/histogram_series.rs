//! A handle to one series of a histogram.

use super::exemplars::Exemplars;
use super::timer::{Target, Timer};
use crate::metric::cells::{CellRef, Distribution, Layout, Reader};
use crate::metric::distribution::{native, observe};
use crate::metric::labels::Attr;
use crate::metric::value::HistogramValue;
use std::time::Duration;

/// One series of a [`Histogram`](super::Histogram).
#[derive(Clone, Copy, Debug)]
pub struct HistogramSeries<'a> {
    pub(super) cells: CellRef,
    pub(super) bounds: &'a [f64],
    pub(super) is_native: bool,
    /// The `shift` of its [`Distribution`].
    pub(super) shift: u32,
    pub(super) exemplars: Option<&'a Exemplars>,
}

impl<'a> HistogramSeries<'a> {
    /// Returns the number of classic buckets; 0 if the histogram is native only.
    fn classic(bounds: &[f64], is_native: bool) -> u32 {
        if is_native && bounds.is_empty() { 0 } else { bounds.len() as u32 + 1 }
    }

    /// Returns the cell layout of a series with these buckets.
    pub(crate) fn layout(bounds: &[f64], is_native: bool) -> Layout {
        let native = if is_native { native::BUCKETS as u32 } else { 0 };
        Layout::distribution(Self::classic(bounds, is_native), native)
    }

    fn distribution(&self) -> Distribution {
        let native = if self.is_native { native::BUCKETS as u32 } else { 0 };
        Distribution { classic: Self::classic(self.bounds, self.is_native), native, shift: self.shift }
    }

    /// Records `value` in the first bucket whose upper bound is at least `value`.
    ///
    /// NaN is dropped and counted in `ops_metric_errors_total`.
    #[inline(always)]
    pub fn observe(&self, value: f64) {
        // Duplicates the branches of `Target::observe`: sharing a function costs 6 instructions per call here.
        if self.bounds.is_empty() {
            observe::native(self.cells, self.shift, value);
        } else if !self.is_native {
            observe::classic(self.cells, self.bounds, value);
        } else {
            observe::both(self.cells, self.bounds, self.shift, value);
        }
    }

    /// Records `value` and an exemplar with these labels, such as `&[attr("trace_id", id)]`.
    ///
    /// The exemplar is dropped if its label names and values exceed 128 characters in total, the OpenMetrics limit.
    pub fn observe_with_exemplar(&self, value: f64, labels: &[Attr]) {
        self.observe(value);
        match self.exemplars {
            Some(exemplars) if !value.is_nan() => {
                exemplars.store(self.cells, observe::bucket(self.bounds, value), value, labels);
            }
            _ => {}
        }
    }

    /// Records a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }

    /// Starts a timer that records the elapsed time, in seconds, when dropped.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// /// Time to authorize a payment.
    /// #[ops::metric(unit = "seconds")]
    /// static AUTHORIZATION: ops::Histogram;
    ///
    /// let timer = AUTHORIZATION.start_timer();
    /// drop(timer);
    /// AUTHORIZATION.start_timer().discard();
    /// assert_eq!(AUTHORIZATION.count(), 1);
    /// ```
    pub fn start_timer(&self) -> Timer<'a> {
        Timer::new(Target::Histogram { cells: self.cells, layout: self.distribution(), bounds: self.bounds })
    }

    /// Returns the number of observations over all threads.
    pub fn count(&self) -> u64 {
        self.read(&Reader::new(), &mut Vec::new()).count()
    }

    /// Returns the sum of all observations.
    pub fn sum(&self) -> f64 {
        self.read(&Reader::new(), &mut Vec::new()).sum
    }

    /// Reads the classic buckets over all threads into `counts`.
    pub(crate) fn read<'b>(&self, reader: &Reader, counts: &'b mut Vec<u64>) -> HistogramValue<'b>
    where
        'a: 'b,
    {
        let sum = self.read_counts(reader, counts);
        let buckets = &counts[..self.bounds.len() + 1];
        HistogramValue { bounds: self.bounds, buckets, sum, ..HistogramValue::default() }
    }

    /// Reads the classic and then the native buckets into `counts`. Returns the sum of the observations.
    pub(super) fn read_counts(&self, reader: &Reader, counts: &mut Vec<u64>) -> f64 {
        let layout = self.distribution();
        counts.clear();
        counts.resize(self.bounds.len() + 1 + layout.native as usize, 0);
        if layout.classic > 0 {
            return reader.distribution(self.cells, layout, counts);
        }
        let sum = reader.distribution(self.cells, layout, &mut counts[1..]);
        counts[0] = counts[1..].iter().sum();
        sum
    }
}
