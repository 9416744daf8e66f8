//! Ended threads: their values are kept, and their blocks are merged so that scrapes stay cheap.

use super::{HISTOGRAMS, Peer, in_own_process, samples_of};
use ops::{Counter, Gauge, Histogram, Metrics, Summary};
use ops_tests::memory::resident_kib;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

struct Instruments {
    counter: Arc<Counter>,
    by_peer: Arc<Counter<Peer>>,
    seconds: Arc<Counter<Peer, f64>>,
    gauge: Arc<Gauge<Peer>>,
    summary: Arc<Summary<Peer>>,
    fixed: Vec<Arc<Histogram>>,
    histograms: Vec<Arc<Histogram<Peer>>>,
}

impl Instruments {
    fn new(metrics: &Metrics) -> Self {
        let fixed = |(at, options)| metrics.register(&format!("fixed{at}"), "", None, Histogram::with_options(options));
        let histogram =
            |(at, options)| metrics.register(&format!("dynamic{at}"), "", None, Histogram::with_options(options));
        Instruments {
            counter: metrics.register("counter", "", None, Counter::new()).unwrap(),
            by_peer: metrics.register("by_peer", "", None, Counter::new()).unwrap(),
            seconds: metrics.register("float", "", None, Counter::new()).unwrap(),
            gauge: metrics.register("gauge", "", None, Gauge::new()).unwrap(),
            summary: metrics.register("summary", "", None, Summary::new()).unwrap(),
            fixed: HISTOGRAMS.into_iter().enumerate().map(fixed).map(Result::unwrap).collect(),
            histograms: HISTOGRAMS.into_iter().enumerate().map(histogram).map(Result::unwrap).collect(),
        }
    }

    fn update(&self, peer: u32) {
        let peer = Peer { peer };
        self.counter.add(2);
        self.by_peer.with(&peer).add(3);
        self.seconds.with(&peer).add(0.25);
        self.gauge.with(&peer).add(1.0);
        self.summary.with(&peer).observe(0.5);
        self.fixed.iter().for_each(|histogram| histogram.observe(4.0));
        for histogram in &self.histograms {
            histogram.with(&peer).observe(0.75);
            histogram.with(&peer).observe(8.0);
        }
    }
}

/// Checks the values after `updates` updates of each of `peers` peers.
#[track_caller]
fn assert_exact(metrics: &Metrics, updates: u32, peers: u32) {
    let text = metrics.to_text();
    let (n, of_peer) = (f64::from(updates * peers), f64::from(updates));
    let only = |sample: &str| samples_of(&text, sample).into_iter().map(|(_, value)| value).collect::<Vec<_>>();
    assert_eq!(only("counter_total"), [2.0 * n]);
    for at in 0..3 {
        assert_eq!(only(&format!("fixed{at}_count")), [n], "{at}");
        assert_eq!(only(&format!("fixed{at}_sum")), [4.0 * n], "{at}");
        assert_eq!(only(&format!("dynamic{at}_count")), vec![2.0 * of_peer; peers as usize], "{at}");
        assert_eq!(only(&format!("dynamic{at}_sum")), vec![8.75 * of_peer; peers as usize], "{at}");
    }
    let families = [("by_peer_total", 3.0), ("float_total", 0.25), ("gauge", 1.0), ("summary_sum", 0.5)];
    for (sample, value) in families {
        assert_eq!(only(sample), vec![value * of_peer; peers as usize], "{sample}");
    }
    for at in [0, 2] {
        let buckets = samples_of(&text, &format!("dynamic{at}_bucket"));
        let at_one: Vec<_> = buckets.iter().filter(|(labels, _)| labels.contains("le=\"1\"")).collect();
        assert!(at_one.len() == peers as usize && at_one.iter().all(|(_, count)| *count == of_peer), "{at_one:?}");
    }
}

/// Runs `threads` concurrent threads that each update the series of a peer once.
fn update_concurrently(instruments: &Instruments, threads: u32, peers: u32) {
    let barrier = Barrier::new(threads as usize);
    thread::scope(|scope| {
        for thread in 0..threads {
            let barrier = &barrier;
            scope.spawn(move || {
                instruments.update(thread % peers);
                barrier.wait();
            });
        }
    });
}

#[tokio::test]
async fn merging_blocks_of_ended_threads_preserves_totals() {
    in_own_process("ended_threads::inner_many_threads").await;
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_many_threads() {
    const THREADS: u32 = 1_000;
    const PEERS: u32 = 10;
    let metrics = Metrics::new();
    let instruments = Instruments::new(&metrics);
    update_concurrently(&instruments, PEERS, PEERS);
    assert_exact(&metrics, 1, PEERS);
    let before = resident_kib();
    for round in 1..=3 {
        update_concurrently(&instruments, THREADS, PEERS);
        // Each scrape merges a limited number of blocks.
        (0..20).for_each(|_| _ = metrics.to_text());
        assert_exact(&metrics, 1 + round * THREADS / PEERS, PEERS);
    }
    // Each thread touched at least ten pages, 40 MiB in total without merging. Stacks and allocator arenas that are cached for
    // new threads take less.
    let after = resident_kib();
    assert!(after < before + 32 * 1_024, "{before} KiB before, {after} KiB after");
}

#[test]
fn updates_of_threads_that_end_during_scrapes_are_counted_once() {
    const ROUNDS: u32 = 100;
    let metrics = Metrics::new();
    let instruments = Instruments::new(&metrics);
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = Vec::new();
                while !ended.load(Ordering::Acquire) {
                    let text = metrics.to_text();
                    let counts = ["counter_total", "fixed0_count", "fixed1_count", "fixed2_sum"];
                    let counts: Vec<f64> = counts
                        .into_iter()
                        .map(|name| samples_of(&text, name).first().map_or(0.0, |(_, value)| *value))
                        .collect();
                    assert!(last.iter().zip(&counts).all(|(last, now)| last <= now), "{last:?}, then {counts:?}");
                    last = counts;
                }
            });
        }
        (0..ROUNDS).for_each(|_| update_concurrently(&instruments, 8, 4));
        ended.store(true, Ordering::Release);
    });
    assert_exact(&metrics, 2 * ROUNDS, 4);
}
