//! Exhausted cell space: further series of a family share its overflow series.
//!
//! Other families must be unaffected.

use super::{CLASSIC, HISTOGRAMS, Mode, Peer, in_own_process, samples_of, scrape_every_format, with_overflow};
use ops::metric::{InstrumentOptions, cell_space, set_cell_space};
use ops::{Buckets, Counter, Gauge, Histogram, Metrics, StateSet, Summary};
use ops_tests::log::LogBuffer;
use std::sync::Arc;

/// Checks that `total` updates by 1 of distinct series are present.
///
/// Returns the number of series without the overflow series.
#[track_caller]
fn assert_exact(text: &str, sample: &str, total: u32) -> usize {
    let (named, overflow) = with_overflow(samples_of(text, sample));
    assert!(named.iter().all(|(_, value)| *value == 1.0), "{sample}: {named:?}");
    assert_eq!(named.len() as f64 + overflow.unwrap_or(0.0), f64::from(total), "{sample}");
    named.len()
}

/// Checks that `ops_metric_overflow_total` reports the updates in the overflow series of the family.
#[track_caller]
fn assert_overflow_reported(text: &str, family: &str, named: usize, total: u32) {
    let reported = samples_of(text, "ops_metric_overflow_total");
    let labels = format!("family=\"{family}\"");
    let of_family = reported.iter().find(|(of, _)| *of == labels).map_or(0.0, |(_, value)| *value);
    assert_eq!(of_family, f64::from(total) - named as f64, "{family}");
}

// ---- default cell space -------------------------------------------------------------------------------

#[tokio::test]
async fn exhausted_cell_space_does_not_corrupt_other_families() {
    in_own_process("exhausted_cell_space::inner_default_space").await;
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_default_space() {
    const PEERS: u32 = 20_000;
    const LATER: u32 = 521;
    let metrics = Metrics::new();
    let options = InstrumentOptions::new().buckets(Buckets::NATIVE).max_series(PEERS);
    let native = metrics.register("size_bytes", "", None, Histogram::<Peer>::with_options(options)).unwrap();
    (0..PEERS).for_each(|peer| native.with(&Peer { peer }).observe(1.0));
    let later = metrics.register("later", "", None, Counter::<Peer>::new()).unwrap();
    (0..LATER).for_each(|peer| later.with(&Peer { peer }).inc());

    let written = LogBuffer::default();
    let writer = written.clone();
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(move || writer.clone()).finish();
    let text = tracing::subscriber::with_default(subscriber, || {
        scrape_every_format(&metrics);
        metrics.to_text()
    });

    let named = assert_exact(&text, "size_bytes_count", PEERS);
    assert!((1..PEERS as usize).contains(&named), "cell space not exhausted: {named} series");
    let sums: f64 = samples_of(&text, "size_bytes_sum").iter().map(|(_, sum)| sum).sum();
    assert_eq!(sums, f64::from(PEERS));
    assert_overflow_reported(&text, "size_bytes", named, PEERS);
    let named_later = assert_exact(&text, "later_total", LATER);
    assert_overflow_reported(&text, "later_total", named_later, LATER);
    let space = cell_space();
    assert!(space.used_bytes <= space.max_bytes, "{space:?}");

    let families = 1 + usize::from(named_later < LATER as usize);
    let lines = written.wait_for_lines(families);
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines.len(), families, "expected one log line per family: {lines:?}");
    assert!(lines[families - 1].contains("cell space exhausted"), "{lines:?}");
    assert!(lines[families - 1].contains(&format!("family=\"size_bytes\" label=\"peer\" values={named}")), "{lines:?}");
}

// ---- all instruments ----------------------------------------------------------------------------------

/// One instrument of each kind.
#[derive(Clone)]
struct Instruments {
    counter: Arc<Counter<Peer>>,
    seconds: Arc<Counter<Peer, f64>>,
    histograms: Vec<Arc<Histogram<Peer>>>,
    summary: Arc<Summary<Peer>>,
    gauge: Arc<Gauge<Peer>>,
    state: Arc<StateSet<Mode, Peer>>,
}

const SERIES: u32 = 3_000;
/// Maximum size in bytes of the overflow series of a native histogram.
///
/// Overflow series may exceed the configured cell space.
const OF_NATIVE_OVERFLOW: u64 = 1 << 20;
const OPTIONS: InstrumentOptions = InstrumentOptions::new().max_series(2 * SERIES);

impl Instruments {
    /// Registers instruments with the name prefix `prefix`.
    fn new(metrics: &Metrics, prefix: &str) -> Self {
        let name = |name: &str| format!("{prefix}_{name}");
        let histograms = HISTOGRAMS.iter().zip(["classic", "native", "both"]).map(|(options, kind)| {
            let histogram = Histogram::with_options((*options).max_series(2 * SERIES));
            metrics.register(&name(kind), "", None, histogram).unwrap()
        });
        Instruments {
            histograms: histograms.collect(),
            counter: metrics.register(&name("counter"), "", None, Counter::with_options(OPTIONS)).unwrap(),
            seconds: metrics.register(&name("float"), "", None, Counter::with_options(OPTIONS)).unwrap(),
            summary: metrics.register(&name("summary"), "", None, Summary::with_options(OPTIONS)).unwrap(),
            gauge: metrics.register(&name("gauge"), "", None, Gauge::with_options(OPTIONS)).unwrap(),
            state: metrics.register(&name("state"), "", None, StateSet::with_options(OPTIONS)).unwrap(),
        }
    }

    /// Updates the series of `peer` in every instrument, starting with instrument number `order`.
    fn update(&self, peer: u32, order: usize) {
        for step in 0..8 {
            match (step + order) % 8 {
                0 => self.counter.with(&Peer { peer }).inc(),
                1 => self.seconds.with(&Peer { peer }).add(1.0),
                2 => self.summary.with(&Peer { peer }).observe(1.0),
                3 => self.gauge.with(&Peer { peer }).add(1.0),
                4 => self.state.with(&Peer { peer }).set(Mode::Busy),
                kind => self.histograms[kind - 5].with(&Peer { peer }).observe(1.0),
            }
        }
    }
}

/// Checks that no update of the instruments with this prefix was lost, after one update per series.
#[track_caller]
fn assert_all_exact(text: &str, prefix: &str) {
    let families = [
        ("counter_total", "counter_total"),
        ("float_total", "float_total"),
        ("summary", "summary_count"),
        ("summary", "summary_sum"),
        ("gauge", "gauge"),
        ("classic", "classic_count"),
        ("native", "native_count"),
        ("both", "both_count"),
        ("both", "both_sum"),
    ];
    for (family, sample) in families {
        let named = assert_exact(text, &format!("{prefix}_{sample}"), SERIES);
        assert_overflow_reported(text, &format!("{prefix}_{family}"), named, SERIES);
    }
    let states = samples_of(text, &format!("{prefix}_state"));
    let (of_busy, of_idle): (Vec<_>, Vec<_>) = states.iter().partition(|(labels, _)| labels.contains("=\"busy\""));
    assert!(of_busy.iter().all(|(_, value)| *value == 1.0) && of_idle.iter().all(|(_, value)| *value == 0.0));
    assert_eq!(of_busy.len(), of_idle.len());
    let (named, _) = with_overflow(of_busy.into_iter().cloned().collect());
    assert_overflow_reported(text, &format!("{prefix}_state"), named.len(), SERIES);
}

fn every_instrument(order: usize) {
    set_cell_space(3 << 20);
    let metrics = Metrics::new();
    let early = Instruments::new(&metrics, "early");
    // Two threads update each series once in total.
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let early = &early;
            scope.spawn(move || (thread..SERIES).step_by(2).for_each(|peer| early.update(peer, order)));
        }
    });
    let late = Instruments::new(&metrics, "late");
    (0..SERIES).for_each(|peer| late.update(peer, order));
    scrape_every_format(&metrics);
    let text = metrics.to_text();
    assert_all_exact(&text, "early");
    assert_all_exact(&text, "late");
    let space = cell_space();
    assert!(space.used_bytes <= space.max_bytes + 4 * OF_NATIVE_OVERFLOW, "{space:?}");
    let errors = samples_of(&ops::metrics().to_text(), "ops_metric_errors_total");
    assert!(errors.contains(&("reason=\"cell_space\"".to_owned(), 0.0)), "{errors:?}");
}

#[tokio::test]
async fn every_instrument_uses_its_overflow_series_without_cell_space() {
    for order in ["counters", "histograms", "gauges"] {
        in_own_process(&format!("exhausted_cell_space::inner_{order}_first")).await;
    }
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_counters_first() {
    every_instrument(0);
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_histograms_first() {
    every_instrument(5);
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_gauges_first() {
    every_instrument(3);
}

// ---- gauges -------------------------------------------------------------------------------------------

#[tokio::test]
async fn gauges_stay_within_the_cell_space_and_do_not_corrupt_other_families() {
    in_own_process("exhausted_cell_space::inner_gauges_alone").await;
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_gauges_alone() {
    const MANY: u32 = 100_000;
    set_cell_space(1 << 20);
    let metrics = Metrics::new();
    let options = InstrumentOptions::new().max_series(MANY);
    let gauges = ["first", "second", "third"].map(|name| {
        let gauge = metrics.register(name, "", None, Gauge::<Peer>::with_options(options)).unwrap();
        (0..MANY).for_each(|peer| gauge.with(&Peer { peer }).add(1.0));
        gauge
    });
    let options = InstrumentOptions::new().buckets(CLASSIC.and_native());
    let histogram = metrics.register("late", "", None, Histogram::<Peer>::with_options(options)).unwrap();
    (0..100).for_each(|peer| histogram.with(&Peer { peer }).observe(1.0));
    let text = metrics.to_text();
    for name in ["first", "second", "third"] {
        let named = assert_exact(&text, name, MANY);
        assert!(named * 16 <= 1 << 20, "a gauge cell has at least a value and a state: {named} series");
    }
    assert_exact(&text, "late_count", 100);
    let space = cell_space();
    assert!(space.used_bytes <= space.max_bytes + OF_NATIVE_OVERFLOW, "{space:?}");
    // A stale handle of a removed overflow series does not change its successor.
    let held = gauges[0].with(&Peer { peer: MANY });
    gauges[0].clear();
    (0..MANY).for_each(|peer| gauges[0].with(&Peer { peer }).add(1.0));
    held.set(-5.0);
    assert_exact(&metrics.to_text(), "first", MANY);
}
