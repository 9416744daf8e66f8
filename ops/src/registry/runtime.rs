//! Families made at run time, whose labels are attributes given with each measurement.

use crate::descriptor::Kind;
use crate::metric::{Attr, CounterCell, GaugeCell, LabelWriter, SeriesMap, SummaryCell, Value};
use crate::registry::FamilyInfo;
use std::sync::Arc;

/// A family made at run time.
#[derive(Debug)]
pub(crate) struct RuntimeFamily {
    pub(crate) info: FamilyInfo,
    pub(crate) series: RuntimeSeries,
}

#[derive(Clone, Debug)]
pub(crate) enum RuntimeSeries {
    Counter(Arc<SeriesMap<CounterCell>>),
    Gauge(Arc<SeriesMap<GaugeCell>>),
    Summary(Arc<SeriesMap<SummaryCell>>),
}

impl RuntimeFamily {
    pub(super) fn new(name: &str, series: RuntimeSeries) -> Self {
        let kind = series.kind();
        let info =
            FamilyInfo { name: name.to_owned(), help: String::new(), unit: None, kind, labels: vec![], location: None };
        RuntimeFamily { info, series }
    }

    /// Hands over each series: its labels as `name="value",…`, and its value.
    pub(crate) fn collect(&self, mut series: impl FnMut(&str, Value)) {
        match &self.series {
            RuntimeSeries::Counter(map) => map.for_each(|labels, cell| series(labels, Value::Counter(cell.value()))),
            RuntimeSeries::Gauge(map) => map.for_each(|labels, cell| series(labels, Value::Gauge(cell.value()))),
            RuntimeSeries::Summary(map) => map.for_each(|labels, cell| {
                series(labels, Value::Summary { count: cell.count(), sum: cell.sum() });
            }),
        }
    }
}

impl RuntimeSeries {
    pub(super) fn kind(&self) -> Kind {
        match self {
            RuntimeSeries::Counter(_) => Kind::Counter,
            RuntimeSeries::Gauge(_) => Kind::Gauge,
            RuntimeSeries::Summary(_) => Kind::Summary,
        }
    }
}

/// A counter made at run time, as [`Metrics::counter`](crate::Metrics::counter) gives it.
#[derive(Clone, Debug)]
pub struct AttrCounter(pub(super) Arc<SeriesMap<CounterCell>>);

impl AttrCounter {
    /// Adds `by` to the series with these labels, in whatever order they are given.
    pub fn add(&self, by: u64, attrs: &[Attr]) {
        series(&self.0, attrs).add(by);
    }
}

/// A gauge made at run time, as [`Metrics::gauge`](crate::Metrics::gauge) gives it.
#[derive(Clone, Debug)]
pub struct AttrGauge(pub(super) Arc<SeriesMap<GaugeCell>>);

impl AttrGauge {
    /// Sets the series with these labels.
    pub fn set(&self, value: f64, attrs: &[Attr]) {
        series(&self.0, attrs).set(value);
    }

    /// Adds `by`, which may be negative, to the series with these labels.
    pub fn add(&self, by: f64, attrs: &[Attr]) {
        series(&self.0, attrs).add(by);
    }
}

/// A distribution made at run time with no buckets, as [`Metrics::histogram`](crate::Metrics::histogram) gives it: its
/// count and its sum.
#[derive(Clone, Debug)]
pub struct AttrSummary(pub(super) Arc<SeriesMap<SummaryCell>>);

impl AttrSummary {
    /// Counts and sums `value` in the series with these labels. NaN changes nothing.
    pub fn observe(&self, value: f64, attrs: &[Attr]) {
        series(&self.0, attrs).observe(value);
    }
}

fn series<C: Default>(map: &SeriesMap<C>, attrs: &[Attr]) -> Arc<C> {
    map.get_or_make(|to: &mut LabelWriter<'_>| Attr::write_labels(attrs, to), C::default)
}
