//! What every instrument is to the registry: families with a name, and the values of their series.

use super::shard::Reader;
use crate::descriptor::Kind;
use std::fmt::Debug;

/// An instrument that a registry can read.
pub trait Instrument: Debug + Send + Sync {
    /// The families that it fills.
    fn parts(&self) -> Vec<Part>;

    /// Hands over each series of the family number `part`, by labels: those as `name="value",…`, and the value.
    ///
    /// Never runs code of the user.
    fn collect(&self, part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>));
}

/// One family of an [`Instrument`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Part {
    /// What the name of the instrument ends in for this family; empty for the only family of an instrument.
    pub suffix: &'static str,
    /// What the family is.
    pub kind: Kind,
    /// The unit of this family, where it is another than the instrument's own.
    pub unit: Option<&'static str>,
    /// What the family says, where that is another help than the instrument's own.
    pub help: Option<String>,
    /// The names of its labels.
    pub labels: Vec<&'static str>,
}

impl Part {
    /// The only family of an instrument.
    pub fn whole(kind: Kind, labels: Vec<&'static str>) -> Self {
        Part { suffix: "", kind, unit: None, help: None, labels }
    }
}

/// What counters, gauges, histograms and summaries have in common: they are made, read and shown in one way.
macro_rules! instrument {
    ($type:ident) => {
        impl<L: Labels> Default for $type<L> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<L: Labels> $crate::metric::Instrument for $type<L> {
            fn parts(&self) -> Vec<$crate::metric::Part> {
                let labels = $crate::metric::family::Family::<L>::label_names();
                vec![$crate::metric::Part::whole($crate::descriptor::Kind::$type, labels)]
            }

            fn collect(&self, _part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
                self.collect_series(reader, series);
            }
        }

        impl<L: Labels> std::fmt::Debug for $type<L> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        }
    };
}

pub(super) use instrument;

/// The value of one series at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// The total of a counter.
    Counter(u64),
    /// The level of a gauge.
    Gauge(f64),
    /// The buckets of a histogram.
    Histogram(HistogramValue<'a>),
    /// The count and the sum of a summary.
    #[non_exhaustive]
    Summary {
        /// How many observations there were.
        count: u64,
        /// Their sum.
        sum: f64,
    },
}

impl Value<'_> {
    /// Whether anything was ever counted, observed or set to other than 0.
    pub fn is_used(&self) -> bool {
        match self {
            Value::Counter(total) => *total > 0,
            Value::Gauge(level) => *level != 0.0,
            Value::Histogram(histogram) => histogram.count() > 0,
            Value::Summary { count, .. } => *count > 0,
        }
    }
}

/// A histogram at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistogramValue<'a> {
    /// The upper bounds of the buckets, in rising order, without the one above them all.
    pub bounds: &'a [f64],
    /// How many observations each bucket has, not cumulative; one more than there are bounds.
    pub buckets: &'a [u64],
    /// The sum of all observations.
    pub sum: f64,
}

impl HistogramValue<'_> {
    /// How many observations there were: the sum of the buckets, and so never at odds with them.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}
