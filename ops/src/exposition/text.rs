//! The Prometheus text formats 0.0.4 and 1.0.0, which are one for names of the classic grammar
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>).

use super::lines::{BucketLines, FamilyLines, Sample, push, push_help};
use super::number::{push_float, push_integer, push_number};
use crate::descriptor::Kind;
use crate::metric::{HistogramValue, Number, Value};
use crate::registry::FamilyInfo;
use std::borrow::Cow;

/// The lines of one family.
pub(super) struct TextLines<'a> {
    info: &'a FamilyInfo,
    name: Cow<'a, str>,
    whole: Sample,
    sum: Sample,
    count: Sample,
    buckets: BucketLines,
}

impl<'a> TextLines<'a> {
    pub(super) fn new(info: &'a FamilyInfo) -> Self {
        let name = name(info);
        TextLines {
            info,
            whole: Sample::new(&name, ""),
            sum: Sample::new(&name, "_sum"),
            count: Sample::new(&name, "_count"),
            buckets: BucketLines::new(&name, push_float),
            name,
        }
    }

    /// Appends a series but for the end of its last line.
    #[inline(never)]
    fn push_other(&mut self, to: &mut Vec<u8>, labels: &str, value: &Value<'_>) {
        match *value {
            Value::Counter { total, .. } => {
                self.whole.push(to, labels);
                push_number(to, total);
            }
            Value::Gauge(level) => {
                self.whole.push(to, labels);
                push_float(to, level);
            }
            Value::Histogram(ref histogram) => self.push_histogram(to, labels, histogram),
            Value::Summary { count, sum } => {
                self.sum.push(to, labels);
                push_float(to, sum);
                to.push(b'\n');
                self.count.push(to, labels);
                push_integer(to, count);
            }
            Value::Info => {
                self.whole.push(to, labels);
                to.push(b'1');
            }
            Value::State(is_present) => {
                self.whole.push(to, labels);
                to.push(b'0' + u8::from(is_present));
            }
        }
    }

    /// A histogram that has only native buckets, which this format has no way to write, is a bucket of all observations.
    fn push_histogram(&mut self, to: &mut Vec<u8>, labels: &str, histogram: &HistogramValue<'_>) {
        let count = self.buckets.push(to, labels, histogram, |_, _| {});
        self.sum.push(to, labels);
        push_float(to, histogram.sum);
        to.push(b'\n');
        self.count.push(to, labels);
        push_integer(to, count);
    }
}

impl FamilyLines for TextLines<'_> {
    fn push_head(&self, to: &mut Vec<u8>) {
        if !self.info.help.is_empty() {
            push(to, &["# HELP ", &self.name, " "]);
            push_help(to, &self.info.help, false);
            to.push(b'\n');
        }
        push(to, &["# TYPE ", &self.name, " ", type_of(self.info.kind), "\n"]);
    }

    #[inline]
    fn push_series(&mut self, to: &mut Vec<u8>, labels: &str, value: &Value<'_>) {
        match *value {
            // By far the most, so not one of many.
            Value::Counter { total: Number::Integer(total), .. } => {
                self.whole.push(to, labels);
                push_integer(to, total);
            }
            _ => self.push_other(to, labels, value),
        }
        to.push(b'\n');
    }
}

/// The name of the family, which is that of its samples without suffixes of their own.
pub(super) fn name(info: &FamilyInfo) -> Cow<'_, str> {
    match info.kind {
        Kind::Info => Cow::Owned(format!("{}_info", info.openmetrics_name())),
        _ => Cow::Borrowed(&info.name),
    }
}

/// The word of this format for a kind; it knows neither infos nor state sets, which are gauges here.
fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Info | Kind::StateSet => Kind::Gauge.as_str(),
        kind => kind.as_str(),
    }
}
