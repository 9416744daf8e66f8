//! Metric families registered at run time.

use super::family::FamilyInfo;
use super::source::Source;
use crate::descriptor::MetricKind;
use crate::metric::{AttrLabels, Buckets, Counter, Gauge, Histogram, Instrument, Part, Summary};
use std::sync::Arc;

/// A family registered at run time.
#[derive(Debug)]
pub(super) struct RuntimeFamily {
    pub(super) info: FamilyInfo,
    pub(super) source: Source,
    /// The instrument, if it can be looked up by name.
    pub(super) named: Option<Named>,
}

/// An instrument that is looked up by name, as by [`Metrics::counter`](crate::Metrics::counter).
#[derive(Clone, Debug)]
pub(super) enum Named {
    Counter(Arc<Counter<AttrLabels<'static>>>),
    Gauge(Arc<Gauge<AttrLabels<'static>>>),
    Summary(Arc<Summary<AttrLabels<'static>>>),
    Histogram(Arc<Histogram<AttrLabels<'static>>>, Buckets),
}

impl RuntimeFamily {
    /// Creates the family of the part with index `part` of `instrument`.
    pub(super) fn of(info: FamilyInfo, instrument: Arc<dyn Instrument>, part: usize) -> Self {
        RuntimeFamily { info, source: Source::Runtime(instrument, part), named: None }
    }

    pub(super) fn named(name: &str, named: Named) -> Self {
        let info = FamilyInfo::at_run_time(name, "", None, Part::whole(named.kind(), Vec::new()));
        RuntimeFamily { info, source: Source::Runtime(named.instrument(), 0), named: Some(named) }
    }
}

impl Named {
    pub(super) fn kind(&self) -> MetricKind {
        match self {
            Named::Counter(_) => MetricKind::Counter,
            Named::Gauge(_) => MetricKind::Gauge,
            Named::Summary(_) => MetricKind::Summary,
            Named::Histogram(..) => MetricKind::Histogram,
        }
    }

    fn instrument(&self) -> Arc<dyn Instrument> {
        match self {
            Named::Counter(counter) => counter.clone(),
            Named::Gauge(gauge) => gauge.clone(),
            Named::Summary(summary) => summary.clone(),
            Named::Histogram(histogram, _) => histogram.clone(),
        }
    }
}
