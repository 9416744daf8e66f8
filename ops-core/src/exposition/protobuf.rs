//! The Prometheus protobuf format: delimited `io.prometheus.client.MetricFamily` messages.
//!
//! Schema: <https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto>.

use super::chunks::Chunks;
use super::labels::pairs;
use super::openmetrics::{is_in_bucket, unit};
use super::text::name;
use super::wire::{push_double, push_integer, push_message, push_packed, push_string, push_varint, zigzag};
use crate::descriptor::MetricKind;
use crate::metric::{Exemplar, HistogramValue, NativeValue, Number, Value};
use crate::snapshot::Family;

/// Writes `family` as one or more messages, each ended once it has reached `longest` bytes.
///
/// A message is length-prefixed and therefore buffered in `message`.
pub(super) fn write_family(
    family: Family<'_>,
    created: f64,
    longest: usize,
    message: &mut Vec<u8>,
    to: &mut Chunks<'_>,
) {
    let info = family.info();
    message.clear();
    push_string(message, 1, &name(info));
    push_string(message, 2, &info.help);
    push_integer(message, 3, type_of(info.kind));
    push_string(message, 5, unit(info).unwrap_or_default());
    let head = message.len();
    family.for_each(|labels, value| {
        if message.len() > head && message.len() >= longest {
            write_delimited(message, to);
            message.truncate(head);
        }
        push_message(message, 4, |to| push_metric(to, labels, &value, created));
    });
    if message.len() > head {
        write_delimited(message, to);
    }
}

fn write_delimited(message: &[u8], to: &mut Chunks<'_>) {
    let mut length = Vec::with_capacity(10);
    push_varint(&mut length, message.len() as u64);
    to.write(&length);
    to.write(message);
}

/// Returns the `MetricType` of a kind; infos and state sets are gauges in this format.
fn type_of(kind: MetricKind) -> u64 {
    match kind {
        MetricKind::Counter => 0,
        MetricKind::Gauge | MetricKind::Info | MetricKind::StateSet => 1,
        MetricKind::Summary => 2,
        MetricKind::Histogram => 4,
    }
}

fn push_metric(to: &mut Vec<u8>, labels: &str, value: &Value<'_>, created: f64) {
    push_labels(to, labels);
    let gauge = |to: &mut Vec<u8>, level| push_message(to, 2, |to| push_double(to, 1, level));
    match *value {
        Value::Counter { total, exemplar, created: of_series } => push_message(to, 3, |to| {
            push_double(
                to,
                1,
                match total {
                    Number::Integer(total) => total as f64,
                    Number::Float(total) => total,
                },
            );
            if let Some(exemplar) = exemplar {
                push_message(to, 2, |to| push_exemplar(to, exemplar));
            }
            push_timestamp(to, 3, of_series.unwrap_or(created));
        }),
        Value::Gauge(level) => gauge(to, level),
        Value::Info => gauge(to, 1.0),
        Value::State(is_present) => gauge(to, f64::from(u8::from(is_present))),
        Value::Summary { count, sum, created: of_series } => push_message(to, 4, |to| {
            push_integer(to, 1, count);
            push_double(to, 2, sum);
            push_timestamp(to, 4, of_series.unwrap_or(created));
        }),
        Value::Histogram(ref histogram) => push_message(to, 7, |to| push_histogram(to, histogram, created)),
    }
}

fn push_labels(to: &mut Vec<u8>, labels: &str) {
    for (name, value) in pairs(labels) {
        push_message(to, 1, |to| {
            push_string(to, 1, &name);
            push_string(to, 2, &value);
        });
    }
}

fn push_histogram(to: &mut Vec<u8>, histogram: &HistogramValue<'_>, created: f64) {
    push_integer(to, 1, histogram.count());
    push_double(to, 2, histogram.sum);
    if !histogram.bounds.is_empty() || histogram.native.is_none() {
        push_buckets(to, histogram);
    }
    if let Some(native) = &histogram.native {
        push_native(to, native);
        for exemplar in histogram.exemplars.iter().flatten() {
            push_message(to, 16, |to| push_exemplar(to, exemplar));
        }
    }
    push_timestamp(to, 15, histogram.created.unwrap_or(created));
}

fn push_buckets(to: &mut Vec<u8>, histogram: &HistogramValue<'_>) {
    let bounds = histogram.bounds.iter().copied().chain([f64::INFINITY]);
    let mut cumulative = 0_u64;
    for (at, (bound, count)) in bounds.zip(histogram.buckets).enumerate() {
        cumulative = cumulative.saturating_add(*count);
        let exemplar = histogram.exemplars.get(at).and_then(Option::as_ref);
        push_message(to, 3, |to| {
            push_integer(to, 1, cumulative);
            push_double(to, 2, bound);
            if let Some(exemplar) = exemplar.filter(|exemplar| is_in_bucket(exemplar, at, histogram.bounds)) {
                push_message(to, 3, |to| push_exemplar(to, exemplar));
            }
        });
    }
}

fn push_native(to: &mut Vec<u8>, native: &NativeValue<'_>) {
    push_integer(to, 5, zigzag(i64::from(native.schema)));
    push_double(to, 6, native.zero_threshold);
    push_integer(to, 7, native.zero_count);
    push_side(to, 9, native.negative);
    push_side(to, 12, native.positive);
    let is_empty = native.negative.is_empty() && native.positive.is_empty();
    if is_empty && native.zero_threshold == 0.0 && native.zero_count == 0 {
        // An empty span marks a native histogram without observations; otherwise readers assume a classic one.
        push_message(to, 12, |_| {});
    }
}

/// Appends the positive or negative native buckets.
///
/// The spans are in the field `field`, and the count of each bucket, as the delta to the previous one, in the next field.
fn push_side(to: &mut Vec<u8>, field: u32, buckets: &[(i32, u64)]) {
    let mut end = 0_i64;
    for span in buckets.chunk_by(|(index, _), (next, _)| i64::from(*next) == i64::from(*index) + 1) {
        let first = span.first().map_or(0, |(index, _)| i64::from(*index));
        push_message(to, field, |to| {
            push_integer(to, 1, zigzag(first - end));
            push_integer(to, 2, span.len() as u64);
        });
        end = first + span.len() as i64;
    }
    let mut previous = 0;
    let deltas = buckets.iter().map(|(_, count)| {
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        count - std::mem::replace(&mut previous, count)
    });
    push_packed(to, field + 1, deltas);
}

fn push_exemplar(to: &mut Vec<u8>, exemplar: &Exemplar) {
    push_labels(to, &exemplar.labels);
    push_double(to, 2, exemplar.value);
    push_timestamp(to, 3, exemplar.timestamp);
}

/// Appends a `google.protobuf.Timestamp`.
fn push_timestamp(to: &mut Vec<u8>, field: u32, seconds: f64) {
    push_message(to, field, |to| {
        push_integer(to, 1, seconds as u64);
        push_integer(to, 2, (seconds.fract() * 1e9) as u64);
    });
}
