//! The Prometheus text formats 0.0.4 and 1.0.0, which are identical for classic names.
//!
//! Specification: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.

use super::buffer::Buffer;
use super::lines::{BucketLines, FamilyLines, Sample, push, push_help};
use super::number::{push_float, push_integer, push_number};
use crate::descriptor::MetricKind;
use crate::metric::{HistogramValue, Total, Value};
use crate::registry::FamilyInfo;
use std::borrow::Cow;

/// The text encoder of one family.
pub(super) struct TextLines<'a> {
    info: &'a FamilyInfo,
    name: Cow<'a, str>,
    plain: Sample,
    sum: Sample,
    count: Sample,
    buckets: BucketLines,
}

impl<'a> TextLines<'a> {
    pub(super) fn new(info: &'a FamilyInfo) -> Self {
        let name = name(info);
        TextLines {
            info,
            plain: Sample::new(&name, ""),
            sum: Sample::new(&name, "_sum"),
            count: Sample::new(&name, "_count"),
            buckets: BucketLines::new(&name, push_float),
            name,
        }
    }

    /// Appends a histogram; one with native buckets only has the single bucket `+Inf` in this format.
    fn push_histogram(&mut self, to: &mut Buffer, labels: &str, histogram: &HistogramValue<'_>) {
        let count = self.buckets.push(to, labels, histogram, |_, _| {});
        self.push_distribution(to, labels, count, histogram.sum);
    }

    fn push_distribution(&self, to: &mut Buffer, labels: &str, count: u64, sum: f64) {
        self.sum.push(to, labels);
        push_float(to, sum);
        to.push(b'\n');
        self.count.push(to, labels);
        push_integer(to, count);
        to.push(b'\n');
    }
}

impl FamilyLines for TextLines<'_> {
    const COUNTERS_ARE_TOTALS: bool = true;

    fn push_head(&self, to: &mut Buffer) {
        if !self.info.help.is_empty() {
            push(to, &["# HELP ", &self.name, " "]);
            push_help(to, &self.info.help, false);
            to.push(b'\n');
        }
        push(to, &["# TYPE ", &self.name, " ", type_of(self.info.kind), "\n"]);
    }

    fn push_totals(&mut self, to: &mut Buffer, totals: &[Total<'_>]) {
        self.plain.push_totals(to, totals);
    }

    fn push_series(&mut self, to: &mut Buffer, labels: &str, value: &Value<'_>) {
        match *value {
            Value::Counter { total, .. } => {
                self.plain.push(to, labels);
                push_number(to, total);
                to.push(b'\n');
            }
            Value::Gauge(level) => {
                self.plain.push(to, labels);
                push_float(to, level);
                to.push(b'\n');
            }
            Value::Histogram(ref histogram) => self.push_histogram(to, labels, histogram),
            Value::Summary { count, sum, .. } => self.push_distribution(to, labels, count, sum),
            Value::Info => {
                self.plain.push(to, labels);
                to.extend_from_slice(b"1\n");
            }
            Value::State(is_present) => {
                self.plain.push(to, labels);
                to.extend_from_slice(&[b'0' + u8::from(is_present), b'\n']);
            }
        }
    }
}

/// Returns the family name outside of OpenMetrics, which ends in `_info` for an info.
pub(super) fn name(info: &FamilyInfo) -> Cow<'_, str> {
    match info.kind {
        MetricKind::Info => Cow::Owned(format!("{}_info", info.openmetrics_name())),
        _ => Cow::Borrowed(&info.name),
    }
}

/// Returns the type of a kind; infos and state sets are gauges in this format.
fn type_of(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Info | MetricKind::StateSet => MetricKind::Gauge.as_str(),
        kind => kind.as_str(),
    }
}
