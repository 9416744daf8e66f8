//! One series of a histogram: the bucket that a value counts in.

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
    /// That of its [`Distribution`].
    pub(super) shift: u32,
    pub(super) exemplars: Option<&'a Exemplars>,
}

impl<'a> HistogramSeries<'a> {
    /// The number of classic buckets: none where there are only native ones.
    fn classic(bounds: &[f64], is_native: bool) -> u32 {
        if is_native && bounds.is_empty() { 0 } else { bounds.len() as u32 + 1 }
    }

    /// The cells of a series with these buckets.
    pub(crate) fn layout(bounds: &[f64], is_native: bool) -> Layout {
        let native = if is_native { native::BUCKETS as u32 } else { 0 };
        Layout::distribution(Self::classic(bounds, is_native), native)
    }

    fn distribution(&self) -> Distribution {
        let native = if self.is_native { native::BUCKETS as u32 } else { 0 };
        Distribution { classic: Self::classic(self.bounds, self.is_native), native, shift: self.shift }
    }

    /// Counts `value` in the first bucket whose bound it does not exceed. NaN changes nothing, and is counted in
    /// `ops_metric_errors_total`.
    #[inline(always)]
    pub fn observe(&self, value: f64) {
        // `Target::observe` has the same branches: a function for both costs 6 instructions a call here.
        if self.bounds.is_empty() {
            observe::native(self.cells, self.shift, value);
        } else if !self.is_native {
            observe::classic(self.cells, self.bounds, value);
        } else {
            observe::both(self.cells, self.bounds, self.shift, value);
        }
    }

    /// Counts `value`, and remembers the trace that it belongs to: `&[attr("trace_id", id)]`.
    ///
    /// The labels are dropped if they have more than 128 characters, which is what OpenMetrics allows.
    pub fn observe_with_exemplar(&self, value: f64, labels: &[Attr]) {
        self.observe(value);
        match self.exemplars {
            Some(exemplars) if !value.is_nan() => {
                exemplars.keep(self.cells, observe::bucket(self.bounds, value), value, labels);
            }
            _ => {}
        }
    }

    /// Counts a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }

    /// Counts the time until what this gives is dropped, in seconds.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// /// Time to authorise.
    /// #[ops::metric(unit = "seconds")]
    /// static AUTHORISATION: ops::Histogram;
    ///
    /// let timer = AUTHORISATION.start_timer();
    /// drop(timer);
    /// AUTHORISATION.start_timer().discard();
    /// assert_eq!(AUTHORISATION.count(), 1);
    /// ```
    pub fn start_timer(&self) -> Timer<'a> {
        Timer::new(Target::Histogram { cells: self.cells, of: self.distribution(), bounds: self.bounds })
    }

    /// How many observations there were, of all threads.
    pub fn count(&self) -> u64 {
        self.read(&Reader::new(), &mut Vec::new()).count()
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.read(&Reader::new(), &mut Vec::new()).sum
    }

    /// The classic buckets of all threads; `counts` is where they are put.
    pub(crate) fn read<'b>(&self, reader: &Reader, counts: &'b mut Vec<u64>) -> HistogramValue<'b>
    where
        'a: 'b,
    {
        let sum = self.read_counts(reader, counts);
        let buckets = &counts[..self.bounds.len() + 1];
        HistogramValue { bounds: self.bounds, buckets, sum, ..HistogramValue::default() }
    }

    /// Puts the classic buckets and then the native ones in `counts`, and gives the sum.
    pub(super) fn read_counts(&self, reader: &Reader, counts: &mut Vec<u64>) -> f64 {
        let of = self.distribution();
        counts.clear();
        counts.resize(self.bounds.len() + 1 + of.native as usize, 0);
        if of.classic > 0 {
            return reader.distribution(self.cells, of, counts);
        }
        let sum = reader.distribution(self.cells, of, &mut counts[1..]);
        counts[0] = counts[1..].iter().sum();
        sum
    }
}
