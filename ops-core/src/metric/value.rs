//! Point-in-time values of series, as a snapshot passes them to the exposition formats.

/// The value of a series in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A counter.
    #[non_exhaustive]
    Counter {
        /// Sum of all increments.
        total: Number,
        /// Most recent exemplar.
        exemplar: Option<&'a Exemplar>,
        /// Creation time of the series; see [`HistogramValue::created`].
        created: Option<f64>,
    },
    /// A gauge.
    Gauge(f64),
    /// A histogram.
    Histogram(HistogramValue<'a>),
    /// A summary.
    #[non_exhaustive]
    Summary {
        /// Number of observations.
        count: u64,
        /// Sum of the observations.
        sum: f64,
        /// Creation time of the series; see [`HistogramValue::created`].
        created: Option<f64>,
    },
    /// An info metric, whose facts are its labels.
    Info,
    /// A state of a state set: `true` if it is the current one.
    State(bool),
}

/// The total of a counter.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Number {
    /// Total of an integer counter.
    Integer(u64),
    /// Total of a floating-point counter, such as one of seconds or joules.
    Float(f64),
}

impl Value<'_> {
    /// Creates the value of an integer counter, without an exemplar.
    pub const fn counter(total: u64) -> Self {
        Value::Counter { total: Number::Integer(total), exemplar: None, created: None }
    }

    /// Creates the value of a floating-point counter, without an exemplar.
    pub const fn float_counter(total: f64) -> Self {
        Value::Counter { total: Number::Float(total), exemplar: None, created: None }
    }

    /// Creates the value of a summary.
    pub const fn summary(count: u64, sum: f64) -> Self {
        Value::Summary { count, sum, created: None }
    }

    /// Returns `true` if the series has a count, an observation or a value other than 0.
    ///
    /// Always `true` for an info metric.
    pub fn is_used(&self) -> bool {
        match self {
            Value::Counter { total: Number::Integer(total), .. } => *total > 0,
            Value::Counter { total: Number::Float(total), .. } => *total > 0.0,
            Value::Gauge(level) => *level != 0.0,
            Value::Histogram(histogram) => histogram.count() > 0,
            Value::Summary { count, .. } => *count > 0,
            Value::Info => true,
            Value::State(is_current) => *is_current,
        }
    }
}

/// The value of a histogram in a snapshot: classic buckets, native buckets, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct HistogramValue<'a> {
    /// Upper bounds of the classic buckets in increasing order, without `+Inf`.
    ///
    /// Empty if the histogram is native only.
    pub bounds: &'a [f64],
    /// Observations per classic bucket, not cumulative, including the `+Inf` bucket.
    ///
    /// Has one element more than `bounds`: for a native-only histogram, the total number of observations.
    pub buckets: &'a [u64],
    /// Sum of all observations.
    pub sum: f64,
    /// Native buckets.
    pub native: Option<NativeValue<'a>>,
    /// Most recent exemplar of each classic bucket; empty if the histogram has no exemplars.
    pub exemplars: &'a [Option<Exemplar>],
    /// Creation time of a series that was removed and recreated, as a Unix timestamp in seconds.
    ///
    /// `None` for a series that counts since the start of the process.
    pub created: Option<f64>,
}

/// The native (exponential) buckets of a histogram.
///
/// See <https://prometheus.io/docs/specs/native_histograms/>.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct NativeValue<'a> {
    /// Resolution, from -4 to 8: each bucket is `2^(2^-schema)` times as wide as the one before.
    pub schema: i32,
    /// Largest absolute value that counts in the zero bucket.
    pub zero_threshold: f64,
    /// Number of observations in the zero bucket.
    pub zero_count: u64,
    /// Non-empty positive buckets by index; the inclusive upper bound of bucket `i` is `2^(i * 2^-schema)`.
    pub positive: &'a [(i32, u64)],
    /// Non-empty negative buckets, indexed by absolute value in the same way.
    pub negative: &'a [(i32, u64)],
}

impl HistogramValue<'_> {
    /// Returns the number of observations, computed from the buckets so that the two always agree.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// An exemplar: a recorded observation with a reference to its trace.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exemplar {
    /// Labels as `name="value",…`; names and values have at most 128 characters in total.
    pub labels: Box<str>,
    /// Observed value or counter increment.
    pub value: f64,
    /// Unix timestamp in seconds.
    pub timestamp: f64,
}
