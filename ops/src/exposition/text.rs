//! The Prometheus text format 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>).

use super::number::{push_float, push_integer};
use crate::metric::{HistogramValue, Value};
use crate::registry::FamilyInfo;
use crate::snapshot::Snapshot;
use std::io;

/// What is written at once, about.
const CHUNK: usize = 32 * 1024;

/// Writes `snapshot` in the Prometheus text format 0.0.4.
///
/// # Errors
/// Those of `to`.
pub fn write_text(snapshot: &Snapshot, to: &mut impl io::Write) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK + CHUNK / 4);
    for family in snapshot.families() {
        let mut written = Ok(());
        let mut head = true;
        family.for_each(|labels, value| {
            if written.is_err() {
                return;
            }
            if std::mem::take(&mut head) {
                push_head(&mut chunk, family.info());
            }
            push_series(&mut chunk, &family.info().name, labels, value);
            if chunk.len() >= CHUNK {
                written = to.write_all(&chunk);
                chunk.clear();
            }
        });
        written?;
    }
    to.write_all(&chunk)
}

fn push_head(to: &mut Vec<u8>, info: &FamilyInfo) {
    if !info.help.is_empty() {
        push(to, &["# HELP ", &info.name, " "]);
        push_help(to, &info.help);
        to.push(b'\n');
    }
    push(to, &["# TYPE ", &info.name, " ", info.kind.as_str(), "\n"]);
}

fn push_series(to: &mut Vec<u8>, name: &str, labels: &str, value: Value<'_>) {
    match value {
        Value::Counter(total) => push_sample(to, name, "", labels, |to| push_integer(to, total)),
        Value::Gauge(level) => push_sample(to, name, "", labels, |to| push_float(to, level)),
        Value::Histogram(histogram) => push_histogram(to, name, labels, histogram),
        Value::Summary { count, sum } => {
            push_sample(to, name, "_sum", labels, |to| push_float(to, sum));
            push_sample(to, name, "_count", labels, |to| push_integer(to, count));
        }
    }
}

fn push_histogram(to: &mut Vec<u8>, name: &str, labels: &str, histogram: HistogramValue<'_>) {
    let bounds = histogram.bounds.iter().copied().chain([f64::INFINITY]);
    let mut cumulative = 0;
    for (bound, bucket) in bounds.zip(histogram.buckets) {
        cumulative += bucket;
        push(to, &[name, "_bucket{", labels, if labels.is_empty() { "" } else { "," }, "le=\""]);
        push_float(to, bound);
        to.extend_from_slice(b"\"} ");
        push_integer(to, cumulative);
        to.push(b'\n');
    }
    push_sample(to, name, "_sum", labels, |to| push_float(to, histogram.sum));
    push_sample(to, name, "_count", labels, |to| push_integer(to, cumulative));
}

fn push_sample(to: &mut Vec<u8>, name: &str, suffix: &str, labels: &str, value: impl FnOnce(&mut Vec<u8>)) {
    push(to, &[name, suffix]);
    if !labels.is_empty() {
        push(to, &["{", labels, "}"]);
    }
    to.push(b' ');
    value(to);
    to.push(b'\n');
}

/// A help text, with what would end its line escaped.
fn push_help(to: &mut Vec<u8>, help: &str) {
    for byte in help.bytes() {
        match byte {
            b'\\' => to.extend_from_slice(b"\\\\"),
            b'\n' => to.extend_from_slice(b"\\n"),
            _ => to.push(byte),
        }
    }
}

fn push(to: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        to.extend_from_slice(part.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use crate::descriptor::{Location, MetricDescriptor};
    use crate::metric::{Buckets, Counter, Gauge, Histogram, Summary};
    use crate::registry::{MetricEntry, Metrics, Registry};

    #[test]
    fn every_kind_is_written_whole() {
        static ORDERS: Counter = Counter::new();
        static DEPTH: Gauge = Gauge::new();
        static SIZE: Histogram = Histogram::with_buckets(Buckets::list(&[1.0, 2.5]));
        static PAGES: Summary = Summary::new();
        const fn named(name: &'static str, help: &'static str) -> MetricDescriptor {
            MetricDescriptor::new(name, help, None, Location::new("app.rs", 1, "app", "app"))
        }
        static METRICS: [MetricEntry; 4] = [
            MetricEntry::new(named("orders", "Orders\naccepted, in C:\\"), &ORDERS),
            MetricEntry::new(named("depth", "Orders waiting."), &DEPTH),
            MetricEntry::new(named("size", ""), &SIZE),
            MetricEntry::new(named("pages", ""), &PAGES),
        ];
        ORDERS.add(3);
        DEPTH.set(-1.5);
        for size in [1.0, 2.0, 99.0] {
            SIZE.observe(size);
        }
        PAGES.observe(0.5);
        let metrics = Metrics::with_registry(Registry::new(&METRICS, &[], &[]).unwrap());
        assert_eq!(
            metrics.to_text(),
            "# HELP depth Orders waiting.\n\
             # TYPE depth gauge\n\
             depth -1.5\n\
             # HELP orders_total Orders\\naccepted, in C:\\\\\n\
             # TYPE orders_total counter\n\
             orders_total 3\n\
             # TYPE pages summary\n\
             pages_sum 0.5\n\
             pages_count 1\n\
             # TYPE size histogram\n\
             size_bucket{le=\"1\"} 1\n\
             size_bucket{le=\"2.5\"} 2\n\
             size_bucket{le=\"+Inf\"} 3\n\
             size_sum 102\n\
             size_count 3\n"
        );
    }
}
