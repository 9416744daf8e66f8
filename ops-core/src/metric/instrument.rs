//! What every instrument is to the registry: families with a name, and the values of their series.

use super::shard::Reader;
use crate::descriptor::Kind;
use std::fmt::Debug;

/// An instrument that a registry can read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an instrument",
    label = "expected `ops::Counter`, `ops::Gauge`, `ops::Histogram`, `ops::Summary`, `ops::Info` or `ops::StateSet`"
)]
pub trait Instrument: Debug + Send + Sync {
    /// The families that it fills.
    fn parts(&self) -> Vec<Part>;

    /// Hands over each series of the family number `part`, by labels: those as `name="value",…`, and the value.
    ///
    /// Never runs code of the user.
    fn collect(&self, part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>));

    /// Hands over what [`collect`](Self::collect) does a few series at once, without exemplars, if this is an instrument
    /// that has many series and counts whole things; whether it is.
    fn collect_totals(&self, reader: &Reader, series: &mut dyn FnMut(&[Total<'_>])) -> bool {
        let _ = (reader, series);
        false
    }

    /// How often a series was asked for when there were as many as there may be.
    fn overflowed(&self) -> u64;

    /// An option that was set and means nothing, as `limit` does where all series are there from the start.
    fn unused_option(&self) -> Option<&'static str> {
        None
    }
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
    /// One of several families of an instrument; its name is that of the instrument and `suffix`.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::Kind;
    /// use ops::metric::Part;
    ///
    /// let busy = Part::new("_worker_busy", Kind::Counter).unit("seconds").help("Busy time.").labels(vec!["worker"]);
    /// assert_eq!((busy.suffix, busy.unit), ("_worker_busy", Some("seconds")));
    /// ```
    pub const fn new(suffix: &'static str, kind: Kind) -> Self {
        Part { suffix, kind, unit: None, help: None, labels: Vec::new() }
    }

    /// Sets the unit of the family.
    #[must_use]
    pub fn unit(self, unit: &'static str) -> Self {
        Part { unit: Some(unit), ..self }
    }

    /// Sets the help text of the family.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Part { help: Some(help.into()), ..self }
    }

    /// Sets the names of the labels.
    #[must_use]
    pub fn labels(self, labels: Vec<&'static str>) -> Self {
        Part { labels, ..self }
    }

    /// The only family of an instrument.
    pub fn whole(kind: Kind, labels: Vec<&'static str>) -> Self {
        Part { suffix: "", kind, unit: None, help: None, labels }
    }
}

/// What the instruments have in common: they are made, read and shown in one way.
macro_rules! instrument {
    ($type:ident<L $(, $number:ident: $count:ident)?>) => {
        impl<L: Labels $(, $number: $count)?> Default for $type<L $(, $number)?> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<L: Labels $(, $number: $count)?> $crate::metric::Instrument for $type<L $(, $number)?> {
            fn parts(&self) -> Vec<$crate::metric::Part> {
                let labels = $crate::metric::family::Family::<L>::label_names();
                vec![$crate::metric::Part::whole($crate::descriptor::Kind::$type, labels)]
            }

            fn collect(&self, _part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
                self.collect_series(reader, series);
            }

            $($crate::metric::instrument::totals!($count);)?

            fn overflowed(&self) -> u64 {
                self.family.overflowed()
            }

            fn unused_option(&self) -> Option<&'static str> {
                self.family.unused_option(self.width())
            }
        }

        impl<L: Labels $(, $number: $count)?> std::fmt::Debug for $type<L $(, $number)?> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        }
    };
}

/// Of a counter, its totals.
macro_rules! totals {
    (Count) => {
        fn collect_totals(&self, reader: &Reader, series: &mut dyn FnMut(&[$crate::metric::Total<'_>])) -> bool {
            self.collect_totals_of(reader, series)
        }
    };
}

pub(super) use {instrument, totals};

/// One series of a counter of whole things, of which nothing is known but its total.
pub type Total<'a> = Labelled<'a, u64>;

/// A series, and what belongs to it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Labelled<'a, V> {
    /// The labels as `name="value",…`.
    pub labels: &'a str,
    /// What belongs to them.
    pub value: V,
}

/// The value of one series at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A counter.
    #[non_exhaustive]
    Counter {
        /// What was added so far.
        total: Number,
        /// The last exemplar.
        exemplar: Option<&'a Exemplar>,
    },
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
    /// Facts, which are in the labels.
    Info,
    /// Whether the state that is in the label is the present one.
    State(bool),
}

/// The total of a counter.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Number {
    /// Of a counter of whole things.
    Integer(u64),
    /// Of a counter of seconds, joules and the like.
    Float(f64),
}

impl Value<'_> {
    /// The value of a counter of whole things, without an exemplar.
    pub const fn counter(total: u64) -> Self {
        Value::Counter { total: Number::Integer(total), exemplar: None }
    }

    /// The value of a counter of seconds, joules and the like, without an exemplar.
    pub const fn float_counter(total: f64) -> Self {
        Value::Counter { total: Number::Float(total), exemplar: None }
    }

    /// The value of a summary.
    pub const fn summary(count: u64, sum: f64) -> Self {
        Value::Summary { count, sum }
    }

    /// Whether anything was ever counted, observed or set to other than 0.
    pub fn is_used(&self) -> bool {
        match self {
            Value::Counter { total: Number::Integer(total), .. } => *total > 0,
            Value::Counter { total: Number::Float(total), .. } => *total > 0.0,
            Value::Gauge(level) => *level != 0.0,
            Value::Histogram(histogram) => histogram.count() > 0,
            Value::Summary { count, .. } => *count > 0,
            Value::Info => true,
            Value::State(is_present) => *is_present,
        }
    }
}

/// A histogram at one moment: classic buckets, native ones, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct HistogramValue<'a> {
    /// The upper bounds of the classic buckets, in rising order, without the one above them all; empty where there are
    /// only native ones.
    pub bounds: &'a [f64],
    /// How many observations each classic bucket has, not cumulative; one more than there are bounds. Where there are only
    /// native buckets, the count of all observations.
    pub buckets: &'a [u64],
    /// The sum of all observations.
    pub sum: f64,
    /// The native buckets.
    pub native: Option<NativeValue<'a>>,
    /// The last exemplar of each classic bucket; empty where there are none.
    pub exemplars: &'a [Option<Exemplar>],
}

/// The native (exponential) buckets of a histogram
/// (<https://prometheus.io/docs/specs/native_histograms/>).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct NativeValue<'a> {
    /// The resolution: a bucket is `2^(2^-schema)` times as wide as the one before; -4 to 8.
    pub schema: i32,
    /// What is no further than this from 0 is in the zero bucket.
    pub zero_threshold: f64,
    /// How many observations the zero bucket has.
    pub zero_count: u64,
    /// The buckets above 0 that have observations, by index: the one of index `i` ends at `2^(i * 2^-schema)`, inclusive.
    pub positive: &'a [(i32, u64)],
    /// The buckets below 0, likewise by the index of what they are away from 0.
    pub negative: &'a [(i32, u64)],
}

impl HistogramValue<'_> {
    /// How many observations there were: the sum of the buckets, and so never at odds with them.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// One observation that a series remembers, with the trace that it belongs to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exemplar {
    /// Its labels as `name="value",…`, at most 128 characters of names and values.
    pub labels: Box<str>,
    /// What was observed or added.
    pub value: f64,
    /// When, in seconds since 1970-01-01 UTC.
    pub timestamp: f64,
}
