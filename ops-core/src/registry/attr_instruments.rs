//! Instruments created by name at run time, with labels passed as attributes of each measurement.

use crate::metric::{Attr, AttrLabels, Counter, Gauge, Histogram, Summary};
use std::sync::Arc;

/// A counter created at run time by [`Metrics::counter`](crate::Metrics::counter).
#[derive(Clone, Debug)]
pub struct AttrCounter(pub(super) Arc<Counter<AttrLabels<'static>>>);

impl AttrCounter {
    /// Adds `by` to the series with these labels, which may be in any order.
    pub fn add(&self, by: u64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).add(by);
    }

    /// Removes the series with these labels. Returns `true` if it existed.
    ///
    /// A new series with the same labels starts at 0.
    pub fn remove(&self, attrs: &[Attr]) -> bool {
        self.0.remove(&AttrLabels(attrs))
    }
}

/// A gauge created at run time by [`Metrics::gauge`](crate::Metrics::gauge).
#[derive(Clone, Debug)]
pub struct AttrGauge(pub(super) Arc<Gauge<AttrLabels<'static>>>);

impl AttrGauge {
    /// Sets the series with these labels to `value`.
    pub fn set(&self, value: f64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).set(value);
    }

    /// Adds `by`, which may be negative, to the series with these labels.
    pub fn add(&self, by: f64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).add(by);
    }

    /// Removes the series with these labels. Returns `true` if it existed.
    ///
    /// A new series with the same labels starts at 0.
    pub fn remove(&self, attrs: &[Attr]) -> bool {
        self.0.remove(&AttrLabels(attrs))
    }
}

/// A summary created at run time by [`Metrics::summary`](crate::Metrics::summary).
///
/// It exposes the count and the sum of observations.
#[derive(Clone, Debug)]
pub struct AttrSummary(pub(super) Arc<Summary<AttrLabels<'static>>>);

impl AttrSummary {
    /// Records an observation in the series with these labels.
    ///
    /// NaN is dropped and counted in `ops_metric_errors_total`.
    pub fn observe(&self, value: f64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).observe(value);
    }

    /// Removes the series with these labels. Returns `true` if it existed.
    ///
    /// A new series with the same labels starts at 0.
    pub fn remove(&self, attrs: &[Attr]) -> bool {
        self.0.remove(&AttrLabels(attrs))
    }
}

/// A histogram created by [`Metrics::histogram_with_buckets`](crate::Metrics::histogram_with_buckets).
#[derive(Clone, Debug)]
pub struct AttrHistogram(pub(super) Arc<Histogram<AttrLabels<'static>>>);

impl AttrHistogram {
    /// Records an observation in the series with these labels.
    ///
    /// NaN is dropped and counted in `ops_metric_errors_total`.
    pub fn observe(&self, value: f64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).observe(value);
    }

    /// Removes the series with these labels. Returns `true` if it existed.
    ///
    /// A new series with the same labels starts at 0.
    pub fn remove(&self, attrs: &[Attr]) -> bool {
        self.0.remove(&AttrLabels(attrs))
    }
}
