//! The registry of a program's metrics: what is linked, and what is made at run time.

use super::family::FamilyInfo;
use super::runtime::{AttrCounter, AttrGauge, AttrSummary, RuntimeFamily, RuntimeInstrument};
use super::source::Source;
use super::table::Registry;
use crate::descriptor::{Kind, Location};
use crate::name;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// A registry of metrics, and the one that [`ops::metrics`](crate::metrics) gives for what the attributes declare.
///
/// Cheap to clone; clones are the same registry. As an [`Observer`](crate::Observer) it counts what it is told, and the
/// durations of spans as `<name>_duration_seconds`.
///
/// ```
/// use ops::{Metrics, attr};
///
/// let metrics = Metrics::new();
/// metrics.counter("orders_total").add(2, &[attr("channel", "web")]);
/// metrics.gauge("queue_depth").set(7.0, &[]);
/// assert_eq!(
///     metrics.to_text(),
///     "# TYPE orders_total counter\norders_total{channel=\"web\"} 2\n# TYPE queue_depth gauge\nqueue_depth 7\n"
/// );
/// ```
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    linked: Registry,
    runtime: RwLock<BTreeMap<String, Arc<RuntimeFamily>>>,
}

/// Why a family cannot be made at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricError {
    /// It is not a metric name.
    #[non_exhaustive]
    Name {
        /// What was asked for.
        name: String,
    },
    /// The name is there already, as another kind.
    #[non_exhaustive]
    Kind {
        /// The name.
        name: String,
        /// What it is.
        is: Kind,
        /// What was asked for.
        wanted: Kind,
    },
    /// The name belongs to an annotated item of the program.
    #[non_exhaustive]
    Declared {
        /// The name.
        name: String,
        /// What it is.
        is: Kind,
        /// Where it is declared.
        location: Option<Location>,
    },
}

impl fmt::Display for MetricError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetricError::Name { name } => write!(
                f,
                "`{name}` is not a metric name: use letters, digits, `_` and `:` only, and do not start with a digit"
            ),
            MetricError::Kind { name, is, wanted } => {
                write!(f, "`{name}` is a {is} already, not a {wanted}: choose another name")
            }
            MetricError::Declared { name, is, location } => {
                write!(f, "`{name}` is the {is} that `#[metric]` declares")?;
                if let Some(location) = location {
                    write!(f, " at {location}")?;
                }
                f.write_str(": use that item, or choose another name")
            }
        }
    }
}

impl std::error::Error for MetricError {}

impl Metrics {
    /// An empty registry: without what is linked into the program.
    pub fn new() -> Self {
        Self::default()
    }

    /// A registry that serves `linked`.
    pub fn with_registry(linked: Registry) -> Self {
        Metrics { inner: Arc::new(Inner { linked, runtime: RwLock::default() }) }
    }

    /// The counter `name`, made when it is not there. Name it with `_total` at its end.
    ///
    /// # Panics
    /// Where [`try_counter`](Metrics::try_counter) gives an error.
    #[track_caller]
    pub fn counter(&self, name: &str) -> AttrCounter {
        self.try_counter(name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The gauge `name`, made when it is not there.
    ///
    /// # Panics
    /// Where [`try_gauge`](Metrics::try_gauge) gives an error.
    #[track_caller]
    pub fn gauge(&self, name: &str) -> AttrGauge {
        self.try_gauge(name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The distribution `name`, made when it is not there. It has no buckets, and so it is a summary.
    ///
    /// # Panics
    /// Where [`try_histogram`](Metrics::try_histogram) gives an error.
    #[track_caller]
    pub fn histogram(&self, name: &str) -> AttrSummary {
        self.try_histogram(name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The counter `name`, made when it is not there.
    ///
    /// # Errors
    /// When `name` is not a metric name, is of another kind or belongs to an annotated item.
    pub fn try_counter(&self, name: &str) -> Result<AttrCounter, MetricError> {
        match self.family(name, || RuntimeInstrument::Counter(Arc::default()))? {
            RuntimeInstrument::Counter(counter) => Ok(AttrCounter(counter)),
            other => Err(kind_error(name, other.kind(), Kind::Counter)),
        }
    }

    /// The gauge `name`, made when it is not there.
    ///
    /// # Errors
    /// As [`try_counter`](Metrics::try_counter).
    pub fn try_gauge(&self, name: &str) -> Result<AttrGauge, MetricError> {
        match self.family(name, || RuntimeInstrument::Gauge(Arc::default()))? {
            RuntimeInstrument::Gauge(gauge) => Ok(AttrGauge(gauge)),
            other => Err(kind_error(name, other.kind(), Kind::Gauge)),
        }
    }

    /// The distribution `name`, made when it is not there.
    ///
    /// # Errors
    /// As [`try_counter`](Metrics::try_counter).
    pub fn try_histogram(&self, name: &str) -> Result<AttrSummary, MetricError> {
        match self.family(name, || RuntimeInstrument::Summary(Arc::default()))? {
            RuntimeInstrument::Summary(summary) => Ok(AttrSummary(summary)),
            other => Err(kind_error(name, other.kind(), Kind::Summary)),
        }
    }

    /// What is linked.
    pub fn registry(&self) -> &Registry {
        &self.inner.linked
    }

    /// The families that there are now, by name, and what fills each.
    pub(crate) fn families(&self) -> Vec<(FamilyInfo, Vec<Source>)> {
        let linked = self.inner.linked.sources().values().cloned();
        let runtime = self.inner.runtime.read().unwrap_or_else(PoisonError::into_inner);
        let runtime = runtime.values().map(|family| (family.info.clone(), vec![Source::Runtime(family.clone())]));
        let mut families: Vec<_> = linked.chain(runtime).collect();
        families.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        families
    }

    fn family(&self, name: &str, make: impl FnOnce() -> RuntimeInstrument) -> Result<RuntimeInstrument, MetricError> {
        let runtime = self.inner.runtime.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(family) = runtime.get(name) {
            return Ok(family.instrument.clone());
        }
        drop(runtime);
        self.check_new(name)?;
        let mut runtime = self.inner.runtime.write().unwrap_or_else(PoisonError::into_inner);
        let family = runtime.entry(name.to_owned()).or_insert_with(|| Arc::new(RuntimeFamily::new(name, make())));
        Ok(family.instrument.clone())
    }

    fn check_new(&self, name: &str) -> Result<(), MetricError> {
        if !name::is_metric_name(name) {
            return Err(MetricError::Name { name: name.to_owned() });
        }
        match self.inner.linked.family(name) {
            None => Ok(()),
            Some(family) => {
                Err(MetricError::Declared { name: name.to_owned(), is: family.kind, location: family.location })
            }
        }
    }
}

fn kind_error(name: &str, is: Kind, wanted: Kind) -> MetricError {
    MetricError::Kind { name: name.to_owned(), is, wanted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_to_do() {
        let metrics = Metrics::new();
        metrics.counter("orders_total");
        assert_eq!(
            metrics.try_gauge("orders_total").unwrap_err().to_string(),
            "`orders_total` is a counter already, not a gauge: choose another name"
        );
        assert_eq!(
            metrics.try_counter("9lives").unwrap_err().to_string(),
            "`9lives` is not a metric name: use letters, digits, `_` and `:` only, and do not start with a digit"
        );
    }
}
