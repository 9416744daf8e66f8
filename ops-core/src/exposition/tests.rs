//! Golden tests of every format, with a registry of every kind of metric.

mod decode;
mod names;

use super::{Exposition, Format};
use crate::descriptor::{Location, MetricDescriptor, MetricKind};
use crate::metric::{Exemplar, HistogramValue, Instrument, NativeValue, Number, Part, Reader, Value};
use crate::registry::{LinkedMetrics, MetricEntry, Metrics};
use std::io;
use std::sync::LazyLock;

/// An instrument with fixed series.
#[derive(Debug)]
struct Fixed(MetricKind, fn(Series<'_>));

type Series<'a> = &'a mut dyn FnMut(&str, Value<'_>);

impl Instrument for Fixed {
    fn parts(&self) -> Vec<Part> {
        vec![Part::whole(self.0, Vec::new())]
    }

    fn collect(&self, _part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        (self.1)(series);
    }

    fn overflowed(&self) -> u64 {
        0
    }
}

fn exemplar(labels: &str, value: f64) -> Exemplar {
    Exemplar { labels: labels.into(), value, timestamp: 1520879607.5 }
}

static AT_TWO: LazyLock<Exemplar> = LazyLock::new(|| exemplar(r#"trace_id="a\"b""#, 2.0));
static TOO_LONG: LazyLock<Exemplar> = LazyLock::new(|| exemplar(&format!("id=\"{}\"", "é".repeat(127)), 1.0));

const BOUNDS: [f64; 3] = [0.00001, 1.0, 1048576.0];
const NATIVE: NativeValue<'static> = NativeValue {
    schema: -1,
    zero_threshold: 0.5,
    zero_count: 2,
    positive: &[(1, 3), (2, 1), (5, 4)],
    negative: &[(-3, 1)],
};

static ORDERS: Fixed = Fixed(MetricKind::Counter, |series| {
    series(r#"path="C:\\\"\n""#, Value::Counter { total: Number::Integer(3), exemplar: Some(&AT_TWO), created: None });
    series(r#"path="z""#, Value::Counter { total: Number::Float(0.5), exemplar: Some(&TOO_LONG), created: None });
});
static DEPTH: Fixed = Fixed(MetricKind::Gauge, |series| series("", Value::Gauge(-1.5)));
static SIZE: Fixed = Fixed(MetricKind::Histogram, |series| {
    // The second exemplar is not within its bucket.
    let exemplars = [None, Some(exemplar("", 0.5)), Some(exemplar("", 0.5)), None];
    let histogram = HistogramValue {
        bounds: &BOUNDS,
        buckets: &[1, 2, 0, 1],
        sum: 2e6,
        exemplars: &exemplars,
        ..HistogramValue::default()
    };
    series(r#"a="1""#, Value::Histogram(histogram));
});
static HEAT: Fixed = Fixed(MetricKind::Histogram, |series| {
    let histogram = HistogramValue { bounds: &[-1.0], buckets: &[1, 1], sum: 3.0, ..HistogramValue::default() };
    series("", Value::Histogram(histogram));
});
static LATENCY: Fixed = Fixed(MetricKind::Histogram, |series| {
    let both = HistogramValue {
        bounds: &BOUNDS[1..2],
        buckets: &[7, 4],
        sum: 9.0,
        native: Some(NATIVE),
        ..HistogramValue::default()
    };
    series(r#"kind="both""#, Value::Histogram(both));
    let empty = HistogramValue { buckets: &[0], native: Some(NativeValue::default()), ..HistogramValue::default() };
    series(r#"kind="empty""#, Value::Histogram(empty));
    let native = HistogramValue { buckets: &[11], sum: 9.0, native: Some(NATIVE), ..HistogramValue::default() };
    series(r#"kind="native""#, Value::Histogram(native));
});
static PAGES: Fixed = Fixed(MetricKind::Summary, |series| series("", Value::summary(2, 0.5)));
static BUILD: Fixed = Fixed(MetricKind::Info, |series| series(r#"version="1.2""#, Value::Info));
static MODE: Fixed = Fixed(MetricKind::StateSet, |series| {
    series("=\"off\"", Value::State(false));
    series("=\"on\"", Value::State(true));
});
/// Has no series, so the family is not exposed.
static NOTHING: Fixed = Fixed(MetricKind::Gauge, |_series| {});

const fn entry(name: &'static str, help: &'static str, unit: Option<&'static str>, of: &'static Fixed) -> MetricEntry {
    MetricEntry::new(MetricDescriptor::new(name, help, unit, Location::new("app.rs", 1, "app", "app")), of)
}

static METRICS: [MetricEntry; 9] = [
    entry("orders", "Orders\n\"accepted\", in C:\\", None, &ORDERS),
    entry("depth", "Orders waiting.", None, &DEPTH),
    entry("size", "", Some("bytes"), &SIZE),
    entry("heat", "", None, &HEAT),
    entry("latency", "", Some("seconds"), &LATENCY),
    entry("pages", "", None, &PAGES),
    entry("target", "", None, &BUILD),
    entry("mode", "", None, &MODE),
    entry("nothing", "", None, &NOTHING),
];

fn metrics() -> Metrics {
    Metrics::with_linked(LinkedMetrics::new(&METRICS, &[], &[]).unwrap())
}

fn written(exposition: &Exposition) -> Vec<u8> {
    let mut bytes = Vec::new();
    exposition.write(&metrics().snapshot(), &mut bytes).unwrap();
    bytes
}

fn text(exposition: &Exposition) -> String {
    String::from_utf8(written(exposition)).unwrap()
}

#[test]
fn text_encodes_every_kind() {
    let expected = r##"# HELP depth Orders waiting.
# TYPE depth gauge
depth -1.5
# TYPE heat histogram
heat_bucket{le="-1"} 1
heat_bucket{le="+Inf"} 2
heat_sum 3
heat_count 2
# TYPE latency_seconds histogram
latency_seconds_bucket{kind="both",le="1"} 7
latency_seconds_bucket{kind="both",le="+Inf"} 11
latency_seconds_sum{kind="both"} 9
latency_seconds_count{kind="both"} 11
latency_seconds_bucket{kind="empty",le="+Inf"} 0
latency_seconds_sum{kind="empty"} 0
latency_seconds_count{kind="empty"} 0
latency_seconds_bucket{kind="native",le="+Inf"} 11
latency_seconds_sum{kind="native"} 9
latency_seconds_count{kind="native"} 11
# TYPE mode gauge
mode{mode="off"} 0
mode{mode="on"} 1
# HELP orders_total Orders\n"accepted", in C:\\
# TYPE orders_total counter
orders_total{path="C:\\\"\n"} 3
orders_total{path="z"} 0.5
# TYPE pages summary
pages_sum 0.5
pages_count 2
# TYPE size_bytes histogram
size_bytes_bucket{a="1",le="0.00001"} 1
size_bytes_bucket{a="1",le="1"} 3
size_bytes_bucket{a="1",le="1048576"} 3
size_bytes_bucket{a="1",le="+Inf"} 4
size_bytes_sum{a="1"} 2000000
size_bytes_count{a="1"} 4
# TYPE target_info gauge
target_info{version="1.2"} 1
"##;
    assert_eq!(text(&Exposition::new(Format::Text_0_0_4)), expected);
    assert_eq!(text(&Exposition::new(Format::Text_1_0_0)), expected, "identical for classic names");
    assert_eq!(metrics().to_text(), expected);
}

#[test]
fn openmetrics_encodes_every_kind_with_units_and_exemplars() {
    let expected = r##"# TYPE target info
target_info{version="1.2"} 1
# TYPE depth gauge
# HELP depth Orders waiting.
depth -1.5
# TYPE heat histogram
heat_bucket{le="-1.0"} 1
heat_bucket{le="+Inf"} 2
# TYPE latency_seconds histogram
# UNIT latency_seconds seconds
latency_seconds_bucket{kind="both",le="1.0"} 7
latency_seconds_bucket{kind="both",le="+Inf"} 11
latency_seconds_count{kind="both"} 11
latency_seconds_sum{kind="both"} 9
latency_seconds_bucket{kind="empty",le="+Inf"} 0
latency_seconds_count{kind="empty"} 0
latency_seconds_sum{kind="empty"} 0
latency_seconds_bucket{kind="native",le="+Inf"} 11
latency_seconds_count{kind="native"} 11
latency_seconds_sum{kind="native"} 9
# TYPE mode stateset
mode{mode="off"} 0
mode{mode="on"} 1
# TYPE orders counter
# HELP orders Orders\n\"accepted\", in C:\\
orders_total{path="C:\\\"\n"} 3 # {trace_id="a\"b"} 2 1520879607.5
orders_total{path="z"} 0.5
# TYPE pages summary
pages_count 2
pages_sum 0.5
# TYPE size_bytes histogram
# UNIT size_bytes bytes
size_bytes_bucket{a="1",le="1e-05"} 1
size_bytes_bucket{a="1",le="1.0"} 3 # {} 0.5 1520879607.5
size_bytes_bucket{a="1",le="1.048576e+06"} 3
size_bytes_bucket{a="1",le="+Inf"} 4
size_bytes_count{a="1"} 4
size_bytes_sum{a="1"} 2000000
# EOF
"##;
    assert_eq!(text(&Exposition::new(Format::OpenMetrics_1_0_0)), expected);
    assert_eq!(text(&Exposition::new(Format::OpenMetrics_0_0_1)), expected);
    let mut bytes = Vec::new();
    metrics().write_openmetrics(&mut bytes).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}

#[test]
fn openmetrics_writes_created_samples_if_enabled() {
    let created = metrics().snapshot().created();
    let text =
        text(&Exposition::new(Format::OpenMetrics_1_0_0).created_samples(true).only(["orders_total", "size_bytes"]));
    let lines: Vec<_> = text.lines().filter(|line| line.contains("_created")).collect();
    assert_eq!(
        lines,
        [
            format!(r#"orders_created{{path="C:\\\"\n"}} {created}"#),
            format!(r#"orders_created{{path="z"}} {created}"#),
            format!(r#"size_bytes_created{{a="1"}} {created}"#),
        ]
    );
}

#[test]
fn openmetrics_writes_a_negative_or_nan_histogram_sum_as_0() {
    static BELOW: Fixed = Fixed(MetricKind::Histogram, |series| {
        for (labels, sum) in [("a=\"1\"", -0.5), ("a=\"2\"", f64::NAN)] {
            let histogram = HistogramValue { bounds: &[1.0], buckets: &[1, 0], sum, ..HistogramValue::default() };
            series(labels, Value::Histogram(histogram));
        }
    });
    static METRICS: [MetricEntry; 1] = [entry("below", "", None, &BELOW)];
    let metrics = Metrics::with_linked(LinkedMetrics::new(&METRICS, &[], &[]).unwrap());
    let mut bytes = Vec::new();
    metrics.write_openmetrics(&mut bytes).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "# TYPE below histogram\n\
         below_bucket{a=\"1\",le=\"1.0\"} 1\nbelow_bucket{a=\"1\",le=\"+Inf\"} 1\n\
         below_count{a=\"1\"} 1\nbelow_sum{a=\"1\"} 0\n\
         below_bucket{a=\"2\",le=\"1.0\"} 1\nbelow_bucket{a=\"2\",le=\"+Inf\"} 1\n\
         below_count{a=\"2\"} 1\nbelow_sum{a=\"2\"} 0\n\
         # EOF\n"
    );
}

#[test]
fn openmetrics_omits_a_negative_summary_sum() {
    let metrics = Metrics::new();
    metrics.histogram("change").observe(-1.0, &[]);
    let mut bytes = Vec::new();
    metrics.write_openmetrics(&mut bytes).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), "# TYPE change summary\nchange_count 1\n# EOF\n");
}

#[test]
fn no_format_writes_duplicate_series() {
    static TWICE: Fixed = Fixed(MetricKind::Counter, |series| {
        for labels in ["a=\"1\",b=\"2\"", "b=\"2\",a=\"1\"", "a=\"1\",b=\"2\",c=\"\""] {
            series(labels, Value::counter(1));
        }
    });
    static METRICS: [MetricEntry; 1] = [entry("twice_total", "", None, &TWICE)];
    let metrics = Metrics::with_linked(LinkedMetrics::new(&METRICS, &[], &[]).unwrap());
    let written = |format| {
        let mut bytes = Vec::new();
        Exposition::new(format).write(&metrics.snapshot(), &mut bytes).unwrap();
        bytes
    };
    let text = String::from_utf8(written(Format::Text_0_0_4)).unwrap();
    assert_eq!(text, "# TYPE twice_total counter\ntwice_total{a=\"1\",b=\"2\"} 3\n");
    let text = String::from_utf8(written(Format::OpenMetrics_1_0_0)).unwrap();
    assert_eq!(text, "# TYPE twice counter\ntwice_total{a=\"1\",b=\"2\"} 3\n# EOF\n");
    let message = written(Format::Protobuf);
    assert_eq!(message.windows(2).filter(|pair| pair == b"\x0a\x01").count(), 2, "one series with two labels");
}

#[test]
fn filters_families_by_family_and_sample_names() {
    let of = |name| {
        let text = text(&Exposition::new(Format::Text_0_0_4).only([name]));
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).map(str::to_owned).collect::<Vec<_>>()
    };
    for name in ["size_bytes", "size_bytes_bucket", "size_bytes_sum", "size_bytes_count"] {
        assert_eq!(of(name), ["size_bytes histogram"], "{name}");
    }
    assert_eq!(of("orders"), ["orders_total counter"], "the family name in OpenMetrics");
    assert_eq!(of("orders_total"), ["orders_total counter"]);
    assert_eq!(of("order"), [""; 0]);
    assert_eq!(written(&Exposition::new(Format::Text_0_0_4).only(["nothing"])), b"");
    assert_eq!(written(&Exposition::new(Format::OpenMetrics_1_0_0).only(["nothing"])), b"# EOF\n");
    assert_eq!(written(&Exposition::new(Format::Protobuf).only(["nothing"])), b"");
}

#[test]
fn protobuf_encodes_every_kind_with_native_buckets_and_creation_times() {
    let bytes = written(&Exposition::new(Format::Protobuf));
    let created = metrics().snapshot().created();
    let (seconds, nanos) = (created as u64, (created.fract() * 1e9) as u64);
    let text = decode::families(&bytes).replace(&format!("{{seconds {seconds} nanos {nanos}}}"), "{started}");
    let expected = r##"
name "depth" help "Orders waiting." type 1 metric {gauge {value -1.5}}
name "heat" type 4 metric {histogram {count 2 sum 3 bucket {cumulative 1 bound -1} bucket {cumulative 2 bound inf} created {started}}}
name "latency_seconds" type 4 unit "seconds" metric {label {name "kind" value "both"} histogram {count 11 sum 9 bucket {cumulative 7 bound 1} bucket {cumulative 11 bound inf} schema -1 zero_threshold 0.5 zero_count 2 negative_span {offset -3 length 1} negative_delta [1] positive_span {offset 1 length 2} positive_span {offset 2 length 1} positive_delta [3, -2, 3] created {started}}} metric {label {name "kind" value "empty"} histogram {positive_span {} created {started}}} metric {label {name "kind" value "native"} histogram {count 11 sum 9 schema -1 zero_threshold 0.5 zero_count 2 negative_span {offset -3 length 1} negative_delta [1] positive_span {offset 1 length 2} positive_span {offset 2 length 1} positive_delta [3, -2, 3] created {started}}}
name "mode" type 1 metric {label {name "mode" value "off"} gauge {}} metric {label {name "mode" value "on"} gauge {value 1}}
name "orders_total" help "Orders\n\"accepted\", in C:\\" metric {label {name "path" value "C:\\\"\n"} counter {value 3 exemplar {label {name "trace_id" value "a\"b"} value 2 timestamp {seconds 1520879607 nanos 500000000}} created {started}}} metric {label {name "path" value "z"} counter {value 0.5 exemplar {label {name "id" value "LONG"} value 1 timestamp {seconds 1520879607 nanos 500000000}} created {started}}}
name "pages" type 2 metric {summary {count 2 sum 0.5 created {started}}}
name "size_bytes" type 4 unit "bytes" metric {label {name "a" value "1"} histogram {count 4 sum 2000000 bucket {cumulative 1 bound 0.00001} bucket {cumulative 3 bound 1 exemplar {value 0.5 timestamp {seconds 1520879607 nanos 500000000}}} bucket {cumulative 3 bound 1048576} bucket {cumulative 4 bound inf} created {started}}}
name "target_info" type 1 metric {label {name "version" value "1.2"} gauge {value 1}}
"##;
    assert_eq!(text, expected.trim_start().replace("LONG", &"é".repeat(127)));
    let mut again = Vec::new();
    metrics().write_protobuf(&mut again).unwrap();
    assert_eq!(again, bytes, "output is deterministic");
}

#[test]
fn long_protobuf_families_are_split_into_messages() {
    let bytes = written(&Exposition::new(Format::Protobuf).only(["mode"]).longest_message(1));
    assert_eq!(
        decode::families(&bytes),
        "name \"mode\" type 1 metric {label {name \"mode\" value \"off\"} gauge {}}\n\
         name \"mode\" type 1 metric {label {name \"mode\" value \"on\"} gauge {value 1}}\n"
    );
}

/// A writer that records the length of each write.
struct Lengths(Vec<usize>);

impl io::Write for Lengths {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn writes_are_at_most_one_chunk() {
    static MANY: Fixed = Fixed(MetricKind::Counter, |series| {
        for at in 0..20_000 {
            series(&format!("number=\"{at:05}\""), Value::counter(at));
        }
        series(&format!("long=\"{}\"", "x".repeat(200_000)), Value::counter(1));
    });
    static METRICS: [MetricEntry; 1] = [entry("many", "", None, &MANY)];
    let metrics = Metrics::with_linked(LinkedMetrics::new(&METRICS, &[], &[]).unwrap());
    for format in [Format::Text_0_0_4, Format::OpenMetrics_1_0_0, Format::Protobuf] {
        let mut lengths = Lengths(Vec::new());
        Exposition::new(format).write(&metrics.snapshot(), &mut lengths).unwrap();
        assert!(lengths.0.len() > 10, "{format:?}");
        assert!(lengths.0.iter().all(|length| *length <= super::chunks::CHUNK), "{format:?}: {:?}", lengths.0);
    }
}

/// A writer that always fails and counts the writes.
struct Broken(usize);

impl io::Write for Broken {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        self.0 += 1;
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn returns_the_first_write_error() {
    for format in [Format::Text_0_0_4, Format::OpenMetrics_1_0_0, Format::Protobuf] {
        let mut broken = Broken(0);
        let error = Exposition::new(format).write(&metrics().snapshot(), &mut broken).unwrap_err();
        assert_eq!((error.kind(), broken.0), (io::ErrorKind::BrokenPipe, 1), "{format:?}");
    }
}
