//! Cell space of removed series and dropped families is reused, starting at 0.

use super::{CLASSIC, HISTOGRAMS, Mode, Peer, in_own_process, samples_of, with_overflow};
use ops::metric::{InstrumentOptions, cell_space, set_cell_space};
use ops::{Buckets, Counter, Gauge, Histogram, Metrics, StateSet, Summary};
use std::collections::BTreeMap;

/// Environment variable with the number of families to create and drop; 1200000 for the full run.
const OPERATIONS: &str = "MODEL_OPERATIONS";

#[tokio::test]
async fn dropped_families_return_their_cell_space() {
    in_own_process("returned_cell_space::inner_dropped_families").await;
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_dropped_families() {
    let operations = std::env::var(OPERATIONS).map_or(12_000, |operations| operations.parse().expect(OPERATIONS));
    let metrics = Metrics::new();
    let mut used = 0;
    for round in 0..operations {
        let histogram = Histogram::<()>::with_options(HISTOGRAMS[round % 3]);
        let histogram = metrics.register("size_bytes", "", None, histogram).unwrap();
        assert_eq!((histogram.count(), histogram.sum()), (0, 0.0), "round {round}");
        histogram.observe(round as f64);
        assert_eq!((histogram.count(), histogram.sum()), (1, round as f64), "round {round}");
        assert!(metrics.deregister("size_bytes"));
        drop(histogram);
        match round {
            5 => used = cell_space().used_bytes,
            6.. => assert_eq!(cell_space().used_bytes, used, "round {round}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn dropped_families_of_every_kind_return_their_cell_space() {
    in_own_process("returned_cell_space::inner_every_kind").await;
}

/// A static label set.
#[derive(ops::Labels)]
struct Switch {
    mode: Mode,
    is_on: bool,
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_every_kind() {
    let mut used = 0;
    for round in 0..600_u32 {
        let metrics = Metrics::new();
        let peer = Peer { peer: round };
        let switch = Switch { mode: Mode::Busy, is_on: round % 2 == 0 };
        // The number of buckets differs between rounds.
        const SHAPES: [Buckets; 4] = [CLASSIC, CLASSIC.and_native(), Buckets::SECONDS, Buckets::linear(1.0, 1.0, 200)];
        let options = InstrumentOptions::new().buckets(SHAPES[round as usize % 4]);
        let dynamic = metrics.register("dynamic", "", None, Histogram::<Peer>::with_options(options)).unwrap();
        let fixed = metrics.register("fixed", "", None, Histogram::<Switch>::with_options(options)).unwrap();
        let counter = metrics.register("counter", "", None, Counter::<Peer>::new()).unwrap();
        let switches = metrics.register("switches", "", None, Counter::<Switch, f64>::new()).unwrap();
        let summary = metrics.register("summary", "", None, Summary::<Peer>::new()).unwrap();
        let gauge = metrics.register("gauge", "", None, Gauge::<Peer>::new()).unwrap();
        let level = metrics.register("level", "", None, Gauge::<Switch>::new()).unwrap();
        let state = metrics.register("state", "", None, StateSet::<Mode, Peer>::new()).unwrap();
        let values = || {
            let dynamic = dynamic.with(&peer);
            let fixed = fixed.with(&switch);
            let levels = (gauge.with(&peer).value(), level.with(&switch).value());
            let counts = (counter.with(&peer).value(), switches.with(&switch).value(), summary.with(&peer).count());
            ((dynamic.count(), dynamic.sum()), (fixed.count(), fixed.sum()), levels, counts)
        };
        assert_eq!(values(), ((0, 0.0), (0, 0.0), (0.0, 0.0), (0, 0.0, 0)), "round {round}");
        let update = || {
            dynamic.with(&peer).observe(2.0);
            fixed.with(&switch).observe(3.0);
            counter.with(&peer).inc();
            switches.with(&switch).add(0.5);
            summary.with(&peer).observe(1.0);
            gauge.with(&peer).add(4.0);
            level.with(&switch).add(5.0);
            state.with(&peer).set(Mode::Busy);
        };
        std::thread::scope(|scope| _ = scope.spawn(update));
        update();
        assert_eq!(values(), ((2, 4.0), (2, 6.0), (8.0, 10.0), (2, 1.0, 2)), "round {round}");
        drop((dynamic, fixed, counter, switches, summary, gauge, level, state, metrics));
        match round {
            7 => used = cell_space().used_bytes,
            8.. => assert_eq!(cell_space().used_bytes, used, "round {round}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn removed_series_return_their_cell_space_immediately() {
    in_own_process("returned_cell_space::inner_removed_series").await;
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_removed_series() {
    for options in HISTOGRAMS {
        let histogram = Histogram::<Peer>::with_options(options);
        let mut used = 0;
        for peer in 0..12_000 {
            let series = histogram.with(&Peer { peer });
            series.observe(1.0);
            if peer % 100 == 0 {
                assert_eq!((series.count(), series.sum()), (1, 1.0), "{peer}");
            }
            assert!(histogram.remove(&Peer { peer }));
            match peer {
                0 => used = cell_space().used_bytes,
                _ => assert_eq!(cell_space().used_bytes, used, "{peer}"),
            }
        }
    }
}

#[tokio::test]
async fn cell_space_of_dropped_families_is_reused_by_other_layouts() {
    in_own_process("returned_cell_space::inner_other_shapes").await;
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_other_shapes() {
    set_cell_space(2 << 20);
    let shapes = [Buckets::NATIVE, Buckets::SECONDS, CLASSIC, CLASSIC.and_native(), Buckets::linear(1.0, 1.0, 100)];
    let (mut peer, mut series) = (0, BTreeMap::new());
    for (at, buckets) in shapes.into_iter().enumerate().cycle().take(10) {
        let options = InstrumentOptions::new().buckets(buckets).max_series(100_000);
        let metrics = Metrics::new();
        let histogram = metrics.register("sizes", "", None, Histogram::<Peer>::with_options(options)).unwrap();
        for _ in 0..15_000 {
            peer += 1;
            histogram.with(&Peer { peer }).observe(1.0);
        }
        let (named, overflow) = with_overflow(samples_of(&metrics.to_text(), "sizes_count"));
        assert!(named.iter().all(|(_, count)| *count == 1.0));
        assert_eq!(named.len() as f64 + overflow.unwrap_or(0.0), 15_000.0);
        // The second family with these buckets has nearly as many series as the first one.
        let first = *series.entry(at).or_insert(named.len());
        assert!(first > 50 && named.len() * 10 >= first * 9, "shape {at}: {} series, {first} before", named.len());
    }
}
