//! Values of series at one moment, as a snapshot hands them to the text and protobuf formats.

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
        /// When the series began, as of [`HistogramValue::created`].
        created: Option<f64>,
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
        /// When the series began, as of [`HistogramValue::created`].
        created: Option<f64>,
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
        Value::Counter { total: Number::Integer(total), exemplar: None, created: None }
    }

    /// The value of a counter of seconds, joules and the like, without an exemplar.
    pub const fn float_counter(total: f64) -> Self {
        Value::Counter { total: Number::Float(total), exemplar: None, created: None }
    }

    /// The value of a summary.
    pub const fn summary(count: u64, sum: f64) -> Self {
        Value::Summary { count, sum, created: None }
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
    /// When the series began, in seconds since 1970-01-01 UTC, if it began again after it was removed; the others count since the
    /// start of the process.
    pub created: Option<f64>,
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
