//! Families made at run time, whose labels are attributes given with each measurement.

use crate::descriptor::Kind;
use crate::metric::{Attr, AttrLabels, Counter, Gauge, Instrument, Summary};
use crate::registry::FamilyInfo;
use std::sync::Arc;

/// A family made at run time.
#[derive(Debug)]
pub(crate) struct RuntimeFamily {
    pub(crate) info: FamilyInfo,
    pub(super) instrument: RuntimeInstrument,
}

#[derive(Clone, Debug)]
pub(super) enum RuntimeInstrument {
    Counter(Arc<Counter<AttrLabels<'static>>>),
    Gauge(Arc<Gauge<AttrLabels<'static>>>),
    Summary(Arc<Summary<AttrLabels<'static>>>),
}

impl RuntimeFamily {
    pub(super) fn new(name: &str, instrument: RuntimeInstrument) -> Self {
        let kind = instrument.kind();
        let info =
            FamilyInfo { name: name.to_owned(), help: String::new(), unit: None, kind, labels: vec![], location: None };
        RuntimeFamily { info, instrument }
    }

    pub(crate) fn instrument(&self) -> &dyn Instrument {
        match &self.instrument {
            RuntimeInstrument::Counter(counter) => counter.as_ref(),
            RuntimeInstrument::Gauge(gauge) => gauge.as_ref(),
            RuntimeInstrument::Summary(summary) => summary.as_ref(),
        }
    }
}

impl RuntimeInstrument {
    pub(super) fn kind(&self) -> Kind {
        match self {
            RuntimeInstrument::Counter(_) => Kind::Counter,
            RuntimeInstrument::Gauge(_) => Kind::Gauge,
            RuntimeInstrument::Summary(_) => Kind::Summary,
        }
    }
}

/// A counter made at run time, as [`Metrics::counter`](crate::Metrics::counter) gives it.
#[derive(Clone, Debug)]
pub struct AttrCounter(pub(super) Arc<Counter<AttrLabels<'static>>>);

impl AttrCounter {
    /// Adds `by` to the series with these labels, in whatever order they are given.
    pub fn add(&self, by: u64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).add(by);
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
}
