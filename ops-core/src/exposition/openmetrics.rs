//! OpenMetrics text 1.0.0 (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).

use super::buffer::Buffer;
use super::labels;
use super::lines::{BucketLines, FamilyLines, Sample, push, push_help};
use super::number::{push_canonical_float, push_float, push_integer, push_number};
use crate::descriptor::MetricKind;
use crate::metric::{Exemplar, HistogramValue, Value};
use crate::registry::FamilyInfo;

/// The mandatory last line.
pub(super) const END: &[u8] = b"# EOF\n";

/// Maximum length of the label names and values of an exemplar, in characters.
const EXEMPLAR_LABELS: usize = 128;

/// The OpenMetrics encoder of one family.
pub(super) struct OpenMetricsLines<'a> {
    info: &'a FamilyInfo,
    /// The default creation time in seconds since the Unix epoch; `None` to write no `_created` samples.
    created_time: Option<f64>,
    total: Sample,
    plain: Sample,
    info_sample: Sample,
    sum: Sample,
    count: Sample,
    created: Sample,
    buckets: BucketLines,
}

impl<'a> OpenMetricsLines<'a> {
    pub(super) fn new(info: &'a FamilyInfo, created_time: Option<f64>) -> Self {
        let name = info.openmetrics_name();
        OpenMetricsLines {
            info,
            created_time,
            total: Sample::new(name, "_total"),
            plain: Sample::new(name, ""),
            info_sample: Sample::new(name, "_info"),
            sum: Sample::new(name, "_sum"),
            count: Sample::new(name, "_count"),
            created: Sample::new(name, "_created"),
            buckets: BucketLines::new(name, push_canonical_float),
        }
    }

    /// Appends a histogram, without a negative sum.
    ///
    /// The format forbids a negative sum, and a count without a sum. A histogram with a negative bound is written without
    /// both. Otherwise a negative sum is written as 0, so that the count is present.
    fn push_histogram(&mut self, to: &mut Buffer, labels: &str, histogram: &HistogramValue<'_>) {
        let count = self.buckets.push(to, labels, histogram, |to, bucket| {
            let exemplar = histogram.exemplars.get(bucket).and_then(Option::as_ref);
            if let Some(exemplar) = exemplar.filter(|exemplar| is_in_bucket(exemplar, bucket, histogram.bounds)) {
                push_exemplar(to, exemplar);
            }
        });
        if histogram.bounds.first().is_none_or(|bound| *bound >= 0.0) {
            self.push_count(to, labels, count);
            self.push_sum(to, labels, histogram.sum.max(0.0));
        }
    }

    /// Appends a summary; a negative sum, which the format forbids, is omitted.
    fn push_summary(&mut self, to: &mut Buffer, labels: &str, count: u64, sum: f64) {
        self.push_count(to, labels, count);
        if sum >= 0.0 {
            self.push_sum(to, labels, sum);
        }
    }

    fn push_count(&self, to: &mut Buffer, labels: &str, count: u64) {
        self.count.push(to, labels);
        push_integer(to, count);
        to.push(b'\n');
    }

    fn push_sum(&self, to: &mut Buffer, labels: &str, sum: f64) {
        self.sum.push(to, labels);
        push_float(to, sum);
        to.push(b'\n');
    }

    fn push_created(&self, to: &mut Buffer, labels: &str, of_series: Option<f64>) {
        if let Some(time) = self.created_time {
            self.created.push(to, labels);
            push_float(to, of_series.unwrap_or(time));
            to.push(b'\n');
        }
    }
}

impl FamilyLines for OpenMetricsLines<'_> {
    fn push_head(&self, to: &mut Buffer) {
        let name = self.info.openmetrics_name();
        push(to, &["# TYPE ", name, " ", self.info.kind.as_str(), "\n"]);
        if let Some(unit) = unit(self.info) {
            push(to, &["# UNIT ", name, " ", unit, "\n"]);
        }
        if !self.info.help.is_empty() {
            push(to, &["# HELP ", name, " "]);
            push_help(to, &self.info.help, true);
            to.push(b'\n');
        }
    }

    #[inline]
    fn push_series(&mut self, to: &mut Buffer, labels: &str, value: &Value<'_>) {
        match *value {
            Value::Counter { total, exemplar, created } => {
                self.total.push(to, labels);
                push_number(to, total);
                if let Some(exemplar) = exemplar {
                    push_exemplar(to, exemplar);
                }
                to.push(b'\n');
                self.push_created(to, labels, created);
            }
            Value::Gauge(level) => {
                self.plain.push(to, labels);
                push_float(to, level);
                to.push(b'\n');
            }
            Value::Histogram(ref histogram) => {
                self.push_histogram(to, labels, histogram);
                self.push_created(to, labels, histogram.created);
            }
            Value::Summary { count, sum, created } => {
                self.push_summary(to, labels, count, sum);
                self.push_created(to, labels, created);
            }
            Value::Info => {
                self.info_sample.push(to, labels);
                to.extend_from_slice(b"1\n");
            }
            Value::State(is_present) => {
                self.plain.push(to, labels);
                to.extend_from_slice(&[b'0' + u8::from(is_present), b'\n']);
            }
        }
    }
}

/// Returns the unit, if the name ends in it and the kind may have one.
pub(super) fn unit(info: &FamilyInfo) -> Option<&'static str> {
    let has_suffix = |unit: &&str| info.openmetrics_name().strip_suffix(*unit).is_some_and(|rest| rest.ends_with('_'));
    info.unit.filter(|unit| {
        !unit.is_empty() && !matches!(info.kind, MetricKind::Info | MetricKind::StateSet) && has_suffix(unit)
    })
}

/// Returns `true` if the value of the exemplar is within the bucket with index `bucket`.
pub(super) fn is_in_bucket(exemplar: &Exemplar, bucket: usize, bounds: &[f64]) -> bool {
    let upper = bounds.get(bucket).copied().unwrap_or(f64::INFINITY);
    let lower = bucket.checked_sub(1).and_then(|below| bounds.get(below)).copied();
    exemplar.value <= upper && lower.is_none_or(|lower| exemplar.value > lower)
}

/// Appends an exemplar, unless its labels exceed [`EXEMPLAR_LABELS`].
fn push_exemplar(to: &mut Buffer, exemplar: &Exemplar) {
    let characters: usize =
        labels::pairs(&exemplar.labels).map(|(name, value)| name.chars().count() + value.chars().count()).sum();
    if characters <= EXEMPLAR_LABELS {
        push(to, &[" # {", &exemplar.labels, "} "]);
        push_float(to, exemplar.value);
        to.push(b' ');
        push_float(to, exemplar.timestamp);
    }
}
