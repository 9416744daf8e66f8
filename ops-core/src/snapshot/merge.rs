//! Merges the sources of a family, so that no series is exposed twice.

use crate::metric::{Exemplar, HistogramValue, NativeValue, Number, Reader, Value, label_pairs};
use crate::registry::Source;

/// Calls `series` once for each label set of `sources`, which belong to one family, sorted by labels.
///
/// Values with equal labels are summed if that is meaningful: counters, distributions with the same buckets, and gauges of
/// linked functions. Otherwise the first value is kept, and `dropped` is called with the labels of each of the others.
pub(super) fn merge(
    sources: &[Source],
    reader: &Reader,
    series: &mut dyn FnMut(&str, Value<'_>),
    dropped: impl Fn(&str),
) {
    // Only functions and spans share linked families, and their gauges are in-flight counts.
    let sum_gauges = sources.len() > 1 && sources.iter().all(|source| matches!(source, Source::Linked(..)));
    let mut merged: Vec<Series> = Vec::new();
    for source in sources {
        source.collect(reader, &mut |labels, value| merged.push(Series::new(labels, value)));
    }
    // Stable, so that the series declared first is kept.
    merged.sort_by(|a, b| a.identity.cmp(&b.identity));
    merged.dedup_by(|next, first| {
        let is_same = next.identity == first.identity;
        if is_same && !first.value.add(&next.value, sum_gauges) {
            dropped(&next.labels);
        }
        is_same
    });
    for Series { labels, value, .. } in &merged {
        series(labels, value.value());
    }
}

/// An owned series.
struct Series {
    /// The labels sorted by name, without empty ones: scrapers identify a series by these.
    identity: Vec<(Box<str>, Box<str>)>,
    labels: Box<str>,
    value: Owned,
}

impl Series {
    fn new(labels: &str, value: Value<'_>) -> Series {
        let pairs = label_pairs(labels).filter(|(_, value)| !value.is_empty());
        let mut identity: Vec<_> = pairs.map(|(name, value)| (name.into(), value.into())).collect();
        identity.sort();
        Series { identity, labels: labels.into(), value: Owned::new(value) }
    }
}

/// An owned [`Value`].
enum Owned {
    Counter {
        total: Number,
        exemplar: Option<Exemplar>,
        created: Option<f64>,
    },
    Plain(Value<'static>),
    Histogram {
        bounds: Box<[f64]>,
        buckets: Box<[u64]>,
        sum: f64,
        native: Option<Native>,
        exemplars: Box<[Option<Exemplar>]>,
        created: Option<f64>,
    },
}

/// Native histogram buckets, sorted by index.
struct Native {
    schema: i32,
    zero_threshold: f64,
    zero_count: u64,
    positive: Vec<(i32, u64)>,
    negative: Vec<(i32, u64)>,
}

impl Owned {
    fn new(value: Value<'_>) -> Self {
        match value {
            Value::Counter { total, exemplar, created } => {
                Owned::Counter { total, exemplar: exemplar.cloned(), created }
            }
            Value::Gauge(level) => Owned::Plain(Value::Gauge(level)),
            Value::Summary { count, sum, created } => Owned::Plain(Value::Summary { count, sum, created }),
            Value::Info => Owned::Plain(Value::Info),
            Value::State(is_present) => Owned::Plain(Value::State(is_present)),
            Value::Histogram(HistogramValue { bounds, buckets, sum, native, exemplars, created }) => Owned::Histogram {
                bounds: bounds.into(),
                buckets: buckets.into(),
                sum,
                native: native.map(Native::new),
                exemplars: exemplars.into(),
                created,
            },
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Owned::Counter { total, exemplar, created } => {
                Value::Counter { total: *total, exemplar: exemplar.as_ref(), created: *created }
            }
            Owned::Plain(value) => *value,
            Owned::Histogram { bounds, buckets, sum, native, exemplars, created } => Value::Histogram(HistogramValue {
                bounds,
                buckets,
                sum: *sum,
                native: native.as_ref().map(Native::value),
                exemplars,
                created: *created,
            }),
        }
    }

    /// Adds `other`, without its exemplars. Returns `false` if the two cannot be summed.
    fn add(&mut self, other: &Owned, sum_gauges: bool) -> bool {
        match (self, other) {
            (Owned::Counter { total, created, .. }, Owned::Counter { total: other, created: also, .. }) => {
                *total = total_of(*total, *other);
                *created = earlier(*created, *also);
                true
            }
            (Owned::Plain(value), Owned::Plain(other)) => match sum(value, other, sum_gauges) {
                Some(sum) => {
                    *value = sum;
                    true
                }
                None => false,
            },
            (
                Owned::Histogram { bounds, buckets, sum, native, created, .. },
                Owned::Histogram { bounds: others, buckets: more, sum: by, native: other, created: also, .. },
            ) if bounds == others && Native::are_compatible(native.as_ref(), other.as_ref()) => {
                buckets.iter_mut().zip(more).for_each(|(bucket, more)| *bucket = bucket.saturating_add(*more));
                *sum += by;
                *created = earlier(*created, *also);
                if let (Some(native), Some(other)) = (native, other) {
                    native.add(other);
                }
                true
            }
            _ => false,
        }
    }
}

impl Native {
    fn new(value: NativeValue<'_>) -> Native {
        let NativeValue { schema, zero_threshold, zero_count, positive, negative } = value;
        Native { schema, zero_threshold, zero_count, positive: positive.to_vec(), negative: negative.to_vec() }
    }

    fn value(&self) -> NativeValue<'_> {
        let Native { schema, zero_threshold, zero_count, positive, negative } = self;
        NativeValue { schema: *schema, zero_threshold: *zero_threshold, zero_count: *zero_count, positive, negative }
    }

    /// Returns `true` if both histograms have native buckets of the same resolution, or neither has any.
    fn are_compatible(one: Option<&Native>, other: Option<&Native>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => one.schema == other.schema && one.zero_threshold == other.zero_threshold,
            (one, other) => one.is_none() && other.is_none(),
        }
    }

    fn add(&mut self, other: &Native) {
        self.zero_count = self.zero_count.saturating_add(other.zero_count);
        add_buckets(&mut self.positive, &other.positive);
        add_buckets(&mut self.negative, &other.negative);
    }
}

/// Adds the counts of `others` to the buckets of the same index.
fn add_buckets(buckets: &mut Vec<(i32, u64)>, others: &[(i32, u64)]) {
    for (index, count) in others {
        match buckets.binary_search_by_key(index, |(index, _)| *index) {
            Ok(at) => buckets[at].1 = buckets[at].1.saturating_add(*count),
            Err(at) => buckets.insert(at, (*index, *count)),
        }
    }
}

/// Returns the sum of two values other than counters and histograms, if they can be summed.
fn sum(one: &Value<'_>, other: &Value<'_>, sum_gauges: bool) -> Option<Value<'static>> {
    match (*one, *other) {
        (Value::Summary { count, sum, created }, Value::Summary { count: more, sum: by, created: also }) => {
            let (count, created) = (count.saturating_add(more), earlier(created, also));
            Some(Value::Summary { count, sum: sum + by, created })
        }
        (Value::Gauge(level), Value::Gauge(other)) if sum_gauges => Some(Value::Gauge(level + other)),
        (Value::Info, Value::Info) => Some(Value::Info),
        _ => None,
    }
}

/// Returns the earlier creation time; `None` is the start of the process, which precedes any other.
fn earlier(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    Some(one?.min(other?))
}

fn total_of(one: Number, other: Number) -> Number {
    match (one, other) {
        (Number::Integer(one), Number::Integer(other)) => Number::Integer(one.saturating_add(other)),
        (one, other) => Number::Float(float(one) + float(other)),
    }
}

fn float(number: Number) -> f64 {
    match number {
        Number::Integer(total) => total as f64,
        Number::Float(total) => total,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Buckets, Histogram, Instrument, Part};
    use std::cell::RefCell;
    use std::sync::Arc;

    /// A user-defined instrument with fixed series.
    #[derive(Debug)]
    struct Fixed(Vec<(&'static str, Value<'static>)>);

    impl Instrument for Fixed {
        fn parts(&self) -> Vec<Part> {
            Vec::new()
        }

        fn collect(&self, _part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
            self.0.iter().for_each(|(labels, value)| series(labels, *value));
        }

        fn overflowed(&self) -> u64 {
            0
        }
    }

    /// Returns the merged series of an instrument, and the labels of the dropped ones.
    fn merged(series: Vec<(&'static str, Value<'static>)>) -> (Vec<(String, Value<'static>)>, Vec<String>) {
        let dropped = RefCell::default();
        let mut kept = Vec::new();
        let source = Source::Runtime(Arc::new(Fixed(series)), 0);
        merge(
            &[source],
            &Reader::new(),
            &mut |labels, value| match Owned::new(value) {
                Owned::Plain(value) => kept.push((labels.to_owned(), value)),
                Owned::Counter { total, .. } => {
                    kept.push((labels.to_owned(), Value::Counter { total, exemplar: None, created: None }))
                }
                Owned::Histogram { .. } => panic!("unexpected histogram"),
            },
            |labels| RefCell::<Vec<String>>::borrow_mut(&dropped).push(labels.to_owned()),
        );
        (kept, dropped.into_inner())
    }

    #[test]
    fn sums_counters_with_equal_labels_in_any_order() {
        let (a, b) = (Value::counter(2), Value::counter(u64::MAX - 1));
        let series = vec![(r#"b="2",a="1""#, a), (r#"c="3""#, Value::counter(7)), (r#"a="1",b="2",d="""#, b)];
        let kept =
            vec![(r#"b="2",a="1""#.to_owned(), Value::counter(u64::MAX)), (r#"c="3""#.to_owned(), Value::counter(7))];
        assert_eq!(merged(series), (kept, Vec::new()));
    }

    #[test]
    fn keeps_the_first_gauge_and_reports_duplicates() {
        let series = vec![(r#"a="1""#, Value::Gauge(1.0)), (r#"a="1""#, Value::Gauge(2.0))];
        assert_eq!(merged(series), (vec![(r#"a="1""#.to_owned(), Value::Gauge(1.0))], vec![r#"a="1""#.to_owned()]));
    }

    #[test]
    fn sums_native_buckets_of_the_same_resolution_by_index() {
        let native = |schema, positive: &[(i32, u64)]| Native {
            positive: positive.to_vec(),
            ..Native::new(NativeValue { schema, zero_count: 1, ..NativeValue::default() })
        };
        let mut sum = native(3, &[(-1, 2), (4, 1)]);
        sum.add(&native(3, &[(0, 5), (4, 2)]));
        assert_eq!((sum.zero_count, sum.positive), (2, vec![(-1, 2), (0, 5), (4, 3)]));
        assert!(!Native::are_compatible(Some(&native(3, &[])), Some(&native(2, &[]))));
        assert!(!Native::are_compatible(Some(&native(3, &[])), None));
    }

    #[test]
    fn sums_histograms_with_equal_buckets() {
        let histogram = |bounds| Arc::new(Histogram::<()>::with_buckets(Buckets::list(bounds)));
        let (one, same, other) = (histogram(&[1.0, 2.0]), histogram(&[1.0, 2.0]), histogram(&[1.0]));
        [&one, &same, &other].iter().for_each(|histogram| histogram.observe(1.5));
        let sources = [Source::Runtime(one, 0), Source::Runtime(same, 0), Source::Runtime(other, 0)];
        let (mut found, dropped) = (Vec::new(), RefCell::new(0));
        merge(
            &sources,
            &Reader::new(),
            &mut |_, value| {
                let Value::Histogram(histogram) = value else { panic!("not a histogram: {value:?}") };
                found.push((histogram.buckets.to_vec(), histogram.sum));
            },
            |_| *dropped.borrow_mut() += 1,
        );
        assert_eq!((found, dropped.into_inner()), (vec![(vec![0, 2, 0], 3.0)], 1));
    }
}
