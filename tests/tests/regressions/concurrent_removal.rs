//! Concurrent creation, update, removal and scraping of series.
//!
//! Reused cells must never show values of another family.

use super::{HISTOGRAMS, Peer, samples_of};
use ops::metric::InstrumentOptions;
use ops::{Counter, Gauge, Histogram, Metrics, Summary};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Increment of each family; no sum of a few increments of the others is a multiple of it.
const STEPS: [u32; 3] = [1 << 10, 1_000_003, 7];
const PEERS: u32 = 8;
const ROUNDS: u32 = 8_000;

/// A family of each kind, all updated by `step`.
struct Families {
    step: u32,
    counter: Arc<Counter<Peer>>,
    seconds: Arc<Counter<Peer, f64>>,
    gauge: Arc<Gauge<Peer>>,
    summary: Arc<Summary<Peer>>,
    histograms: Vec<Arc<Histogram<Peer>>>,
}

impl Families {
    fn new(metrics: &Metrics, step: u32, options: InstrumentOptions, ttl: Option<Duration>) -> Self {
        let name = |name: &str| format!("{name}{step}");
        let histograms = HISTOGRAMS.into_iter().enumerate().map(|(at, options)| {
            let options = ttl.map_or(options, |ttl| options.ttl(ttl));
            metrics.register(&name(&format!("histogram{at}_")), "", None, Histogram::with_options(options)).unwrap()
        });
        Families {
            step,
            histograms: histograms.collect(),
            counter: metrics.register(&name("counter"), "", None, Counter::with_options(options)).unwrap(),
            seconds: metrics.register(&name("float"), "", None, Counter::with_options(options)).unwrap(),
            gauge: metrics.register(&name("gauge"), "", None, Gauge::with_options(options)).unwrap(),
            summary: metrics.register(&name("summary"), "", None, Summary::with_options(options)).unwrap(),
        }
    }

    /// Updates the series of a peer; in some rounds it is removed while handles of it exist.
    fn round(&self, round: u32) {
        let (peer, step) = (Peer { peer: round % PEERS }, f64::from(self.step));
        let (counter, seconds) = (self.counter.with(&peer), self.seconds.with(&peer));
        let (gauge, summary) = (self.gauge.with(&peer), self.summary.with(&peer));
        let histograms: Vec<_> = self.histograms.iter().map(|histogram| histogram.with(&peer)).collect();
        if round.is_multiple_of(3) {
            self.counter.remove(&peer);
            self.seconds.remove(&peer);
            self.gauge.remove(&peer);
            self.summary.remove(&peer);
            self.histograms.iter().for_each(|histogram| _ = histogram.remove(&peer));
        } else if round % 40 == 1 {
            self.counter.clear();
            self.seconds.clear();
            self.gauge.clear();
            self.summary.clear();
            self.histograms.iter().for_each(|histogram| histogram.clear());
        }
        for _ in 0..3 {
            counter.add(self.step.into());
            seconds.add(step);
            gauge.add(step);
            summary.observe(step);
            histograms.iter().for_each(|histogram| histogram.observe(step));
        }
    }

    /// Checks that these families have no updates of other families.
    fn check(&self, text: &str) {
        let step = f64::from(self.step);
        let is_whole = |value: f64| value >= 0.0 && value % step == 0.0;
        for name in ["counter{}_total", "float{}_total", "gauge{}"] {
            let samples = samples_of(text, &name.replace("{}", &self.step.to_string()));
            assert!(samples.iter().all(|(_, value)| is_whole(*value)), "{name} of {step}: {samples:?}");
        }
        for name in ["summary{}", "histogram0_{}", "histogram1_{}", "histogram2_{}"] {
            let name = name.replace("{}", &self.step.to_string());
            let samples = |suffix: &str| samples_of(text, &format!("{name}_{suffix}"));
            for ((labels, sum), (_, count)) in samples("sum").into_iter().zip(samples("count")) {
                assert_eq!(sum, count * step, "{name}{{{labels}}}");
            }
        }
    }
}

#[test]
fn reused_cells_never_show_updates_of_another_family() {
    let metrics = Metrics::new();
    let ttl = Duration::from_nanos(1);
    let expiring = InstrumentOptions::new().ttl(ttl);
    let families = [
        Families::new(&metrics, STEPS[0], InstrumentOptions::new(), None),
        Families::new(&metrics, STEPS[1], InstrumentOptions::new().max_series(PEERS / 2), None),
        Families::new(&metrics, STEPS[2], expiring, Some(ttl)),
    ];
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !ended.load(Ordering::Acquire) {
                let text = metrics.to_text();
                families.iter().for_each(|families| families.check(&text));
            }
        });
        // Several generations of threads, so that blocks are reused and merged.
        for _ in 0..4 {
            thread::scope(|scope| {
                for thread in 0..6 {
                    let families = &families;
                    scope.spawn(move || {
                        for round in 0..ROUNDS / 4 {
                            families[(thread + round) as usize % 3].round(round + thread);
                        }
                    });
                }
            });
        }
        ended.store(true, Ordering::Release);
        reader.join().unwrap();
    });
    let text = metrics.to_text();
    families.iter().for_each(|families| families.check(&text));
}
