//! Instruments made by name at run time, whose labels are attributes given with each measurement.

use crate::metric::{Attr, AttrLabels, Counter, Gauge, Summary};
use std::sync::Arc;

/// A counter made at run time, as [`Metrics::counter`](crate::Metrics::counter) gives it.
#[derive(Clone, Debug)]
pub struct AttrCounter(pub(super) Arc<Counter<AttrLabels<'static>>>);

impl AttrCounter {
    /// Adds `by` to the series with these labels, in whatever order they are given.
    pub fn add(&self, by: u64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).add(by);
    }

    /// Takes out the series with these labels; whether it was there. The next use of them starts at 0.
    pub fn remove(&self, attrs: &[Attr]) -> bool {
        self.0.remove(&AttrLabels(attrs))
    }
}

/// A gauge made at run time, as [`Metrics::gauge`](crate::Metrics::gauge) gives it.
#[derive(Clone, Debug)]
pub struct AttrGauge(pub(super) Arc<Gauge<AttrLabels<'static>>>);

impl AttrGauge {
    /// Sets the series with these labels.
    pub fn set(&self, value: f64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).set(value);
    }

    /// Adds `by`, which may be negative, to the series with these labels.
    pub fn add(&self, by: f64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).add(by);
    }

    /// Takes out the series with these labels; whether it was there. The next use of them starts at 0.
    pub fn remove(&self, attrs: &[Attr]) -> bool {
        self.0.remove(&AttrLabels(attrs))
    }
}

/// A distribution made at run time with no buckets, as [`Metrics::histogram`](crate::Metrics::histogram) gives it: its
/// count and its sum.
#[derive(Clone, Debug)]
pub struct AttrSummary(pub(super) Arc<Summary<AttrLabels<'static>>>);

impl AttrSummary {
    /// Counts and sums `value` in the series with these labels. NaN changes nothing.
    pub fn observe(&self, value: f64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).observe(value);
    }

    /// Takes out the series with these labels; whether it was there. The next use of them starts at 0.
    pub fn remove(&self, attrs: &[Attr]) -> bool {
        self.0.remove(&AttrLabels(attrs))
    }
}
