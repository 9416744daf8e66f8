//! A program in which every kind of metric reaches its limits.

use ops::descriptor::MetricKind;
use ops::metric::{Instrument, Part, Reader, Value};
use ops::registry::LinkedMetrics;
use ops::{Attr, Buckets, Counter, Gauge, Histogram, Info, LabelValue, Labels, Metrics, StateSet, Summary, attr};
use std::sync::Arc;
use std::thread;

/// Maximum number of series of a family.
const MAX_SERIES: u32 = 3;

/// Number of updates of each family, each with a different label set.
pub(super) const UPDATES: u32 = 8;

/// Number of updates of the family that exhausts the cell space.
///
/// A series takes 12 KiB of the free 1 MiB.
pub(super) const SPACE_UPDATES: u32 = 200;

/// Maximum number of 1 KiB labels of a series: their text is slightly shorter than 64 KiB.
const MOST_LABELS: usize = 62;

#[derive(Labels)]
struct Path<'a> {
    path: &'a str,
}

#[derive(LabelValue, Clone, Copy)]
enum Mode {
    Starting,
    Serving,
}

/// Requests, by path.
#[ops::metric(name = "limit_requests")]
static REQUESTS: Counter<Path<'static>>;

/// Bytes sent, up to the overflow of the counter.
#[ops::metric(name = "limit_sent", unit = "bytes")]
static SENT: Counter<Path<'static>>;

/// Energy used.
#[ops::metric(name = "limit_energy", unit = "joules")]
static ENERGY: Counter<Path<'static>, f64>;

/// Any level.
#[ops::metric(name = "limit_level")]
static LEVEL: Gauge<Path<'static>>;

/// The maximum number of classic buckets.
#[ops::metric(name = "limit_classic", unit = "seconds", buckets = exponential(1e-300, 4.0, 1000))]
static CLASSIC: Histogram<Path<'static>>;

/// Native buckets.
#[ops::metric(name = "limit_native", unit = "seconds", buckets = Buckets::NATIVE)]
static NATIVE: Histogram<Path<'static>>;

/// Classic and native buckets.
#[ops::metric(name = "limit_both", unit = "celsius", buckets = Buckets::list(&[-1.0, 0.0, 1.0]).and_native())]
static BOTH: Histogram<Path<'static>>;

/// Pages.
#[ops::metric(name = "limit_pages", unit = "bytes")]
static PAGES: Summary<Path<'static>>;

/// The mode of each part.
#[ops::metric(name = "limit_mode")]
static MODE: StateSet<Mode, Path<'static>>;

/// Build information.
#[ops::metric(name = "limit_build")]
static BUILD: Info<Path<'static>>;

/// More series than the cell space can hold, but fewer than `max_series`.
#[ops::metric(name = "limit_space", unit = "seconds", max_series = 1000, buckets = Buckets::NATIVE)]
static SPACE: Histogram<Path<'static>>;

/// Calls a path.
#[ops::metric(name = "limit_call", labels(path = path))]
fn call(path: &str, end: u32) -> Result<(), u32> {
    assert!(!end.is_multiple_of(3), "intentional failure");
    if end % 3 == 1 { Ok(()) } else { Err(end) }
}

/// The label value of an update; the first ones are edge cases of escaping and length.
fn path(number: u32) -> String {
    match number {
        0 => "C:\\new \"x\"\n\u{1f980}\u{feff}\0\r".to_owned(),
        1 => "\u{e9}".repeat(4_096),
        2 => String::new(),
        number => format!("/{number}"),
    }
}

/// An exemplar with the maximum length of OpenMetrics, or one character more.
fn exemplar(number: u32) -> [Attr; 1] {
    [attr("trace_id", "x".repeat(120 + number as usize % 2))]
}

/// Observations at the limits of buckets and floats.
const OBSERVED: [f64; 12] = [
    0.0,
    -0.0,
    f64::MIN_POSITIVE / 2.0,
    f64::MIN_POSITIVE,
    1.0,
    1.0 + f64::EPSILON,
    -1.0,
    f64::MAX,
    f64::MIN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

fn update_statics(number: u32) {
    let path = path(number);
    let labels = Path { path: &path };
    REQUESTS.with(&labels).add_with_exemplar(1, &exemplar(number));
    SENT.with(&labels).add(u64::MAX);
    SENT.with(&labels).add_with_exemplar(1, &exemplar(number));
    for joules in [0.25, f64::NAN, -1.0, f64::MAX, f64::MAX] {
        ENERGY.with(&labels).add_with_exemplar(joules, &exemplar(number));
    }
    LEVEL.with(&labels).set(OBSERVED[OBSERVED.len() - 1 - number as usize]);
    for histogram in [&CLASSIC, &NATIVE, &BOTH] {
        // The first series observe infinities of both signs, so their sum is NaN.
        for value in OBSERVED.iter().skip(number as usize) {
            histogram.with(&labels).observe_with_exemplar(*value, &exemplar(number));
        }
    }
    OBSERVED.iter().skip(number as usize).for_each(|value| PAGES.with(&labels).observe(*value));
    MODE.with(&labels).set(if number.is_multiple_of(2) { Mode::Starting } else { Mode::Serving });
    BUILD.set(&labels);
    let _ = thread::spawn(move || call(&path, number)).join();
}

fn update_by_name(metrics: &Metrics, number: u32) {
    // Label names that are reserved by exposition formats, and an invalid one.
    let labels = ["le", "quantile", "__name__", "ops_overflow", "user-id"].map(|key| attr(key, path(number)));
    metrics.counter("limit_named_total").add(1, &labels);
    metrics.gauge("limit_named_level").add(f64::MAX, &labels);
    metrics.summary("limit_named_pages").observe(-1.0, &labels);
    metrics.histogram_with_buckets("limit_named_sizes", Buckets::BYTES).observe(64.0, &labels);
    let labels = |most: usize| (0..most).map(|at| attr(format!("l{at}"), "x".repeat(1_024))).collect::<Vec<_>>();
    metrics.counter("limit_long_total").add(1, &labels(MOST_LABELS - number as usize % 2));
    metrics.counter("limit_long_total").add(1, &labels(MOST_LABELS + 1 + number as usize));
}

/// Adds callbacks that share a family, that panic and that hang.
fn add_collectors(metrics: &Metrics) {
    for number in 0..2 {
        metrics
            .collect_gauge("limit_collected_level", "Levels that two callbacks report.", move |levels| {
                OBSERVED.iter().for_each(|level| levels.set(*level, &[attr("level", *level)]));
                levels.set(f64::from(number), &[]);
            })
            .unwrap()
            .forever();
        metrics
            .collect_counter("limit_collected", "Totals that two callbacks report.", |totals| {
                for total in [1.0, f64::NAN, -1.0, u64::MAX as f64, f64::INFINITY] {
                    totals.set(total, &[attr("total", total)]);
                }
            })
            .unwrap()
            .forever();
    }
    metrics.collect_gauge("limit_panics", "", |_| panic!("intentional failure")).unwrap().forever();
    metrics
        .collect_gauge("limit_hangs", "", |_| {
            loop {
                thread::park();
            }
        })
        .unwrap()
        .forever();
}

/// An instrument that emits its only series three times.
#[derive(Debug)]
struct Repeated(MetricKind, Value<'static>);

impl Instrument for Repeated {
    fn parts(&self) -> Vec<Part> {
        vec![Part::whole(self.0, vec!["a", "b"])]
    }

    fn collect(&self, _part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let state = if self.0 == MetricKind::StateSet { "=\"on\"," } else { "" };
        for labels in ["b=\"2\",a=\"1\"", "a=\"1\",b=\"2\"", "a=\"1\",b=\"2\",c=\"\""] {
            series(&format!("{state}{labels}"), self.1);
        }
    }

    fn overflowed(&self) -> u64 {
        u64::MAX
    }
}

fn add_repeated(metrics: &Metrics) {
    for (name, kind, value) in [
        ("limit_repeated_total", MetricKind::Counter, Value::counter(u64::MAX)),
        ("limit_repeated_level", MetricKind::Gauge, Value::Gauge(1.0)),
        ("limit_repeated_pages", MetricKind::Summary, Value::summary(u64::MAX, f64::MAX)),
        ("limit_repeated_mode", MetricKind::StateSet, Value::State(true)),
        ("limit_repeated_build", MetricKind::Info, Value::Info),
    ] {
        metrics.register(name, "Duplicate series.", None, Repeated(kind, value)).unwrap();
    }
}

/// Leaves 1 MiB of the cell space free, then exhausts it.
fn fill_cell_space() {
    let before = ops::metric::cell_space();
    ops::metric::set_cell_space(before.used_bytes + (1 << 20));
    for number in 0..SPACE_UPDATES {
        SPACE.with(&Path { path: &format!("/{number}") }).observe(1.0);
    }
    ops::metric::set_cell_space(before.max_bytes);
}

/// Returns the metrics of the program after all updates.
pub(super) fn program() -> Arc<Metrics> {
    let metrics = Metrics::with_linked(LinkedMetrics::linked().unwrap());
    metrics.set_default_max_series(MAX_SERIES);
    fill_cell_space();
    add_collectors(&metrics);
    add_repeated(&metrics);
    let free = metrics.register_utf8("limit.\u{1f980} named", "Any name.", None, Counter::<Path<'static>>::new());
    for number in 0..UPDATES {
        update_statics(number);
        update_by_name(&metrics, number);
        free.as_ref().unwrap().with(&Path { path: &path(number) }).add_with_exemplar(1, &exemplar(number));
    }
    Arc::new(metrics)
}
