//! Stale handles and guards: updates of a removed series are dropped.
//!
//! This must hold even after its cells are reused by another family.

use super::{CLASSIC, HISTOGRAMS, Mode, Peer, Sample, samples_of};
use ops::metric::{
    CounterSeries, GaugeSeries, HistogramSeries, Instrument, InstrumentOptions, StateSeries, SummarySeries,
};
use ops::{Buckets, Counter, Gauge, Histogram, Metrics, StateSet, Summary};
use std::thread;
use std::time::Duration;

const PEERS: u32 = 100;

/// Idle series expire at the second scrape after their last update.
const SHORT_TTL: Duration = Duration::from_nanos(1);

/// A way to remove series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Removal {
    Remove,
    Clear,
    Expire,
}

/// A metric family of any kind with the label `peer`.
trait Family: Instrument + 'static {
    type Handle<'a>: Send + Sync;

    fn with_options(options: InstrumentOptions) -> Self;
    fn with(&self, peer: u32) -> Self::Handle<'_>;
    fn update(series: &Self::Handle<'_>);
    fn remove(&self, peer: u32) -> bool;
    fn clear(&self);
}

macro_rules! family {
    ($family:ty, $handle:ident $(<$number:ty>)?, |$series:ident| $update:expr) => {
        impl Family for $family {
            type Handle<'a> = $handle<'a $(, $number)?>;

            fn with_options(options: InstrumentOptions) -> Self {
                <$family>::with_options(options)
            }

            fn with(&self, peer: u32) -> Self::Handle<'_> {
                <$family>::with(self, &Peer { peer })
            }

            fn update($series: &Self::Handle<'_>) {
                $update;
            }

            fn remove(&self, peer: u32) -> bool {
                <$family>::remove(self, &Peer { peer })
            }

            fn clear(&self) {
                <$family>::clear(self);
            }
        }
    };
}

family!(Counter<Peer>, CounterSeries, |series| series.add(3));
family!(Counter<Peer, f64>, CounterSeries<f64>, |series| series.add(0.5));
family!(Histogram<Peer>, HistogramSeries, |series| series.observe(2.0));
family!(Summary<Peer>, SummarySeries, |series| series.observe(2.0));
family!(Gauge<Peer>, GaugeSeries, |series| series.add(1.0));
family!(StateSet<Mode, Peer>, StateSeries<Mode>, |series| series.set(Mode::Busy));

/// Updates all series on this thread and on another one.
fn update<F: Family>(series: &[F::Handle<'_>]) {
    series.iter().for_each(F::update);
    thread::scope(|scope| _ = scope.spawn(|| series.iter().for_each(F::update)));
}

/// Returns all samples of the family `name`, renamed to `other`.
fn samples(metrics: &Metrics, name: &str, other: &str) -> Vec<Sample> {
    let renamed = metrics.to_text().replace("}", "} ").replace("  ", " ");
    let text = renamed.lines().filter(|line| line.starts_with(name)).map(|line| line.replacen(name, other, 1));
    let names: std::collections::BTreeSet<String> =
        text.clone().filter_map(|line| Some(line.split_once('{')?.0.to_owned())).collect();
    let text: Vec<_> = text.collect();
    let of_name = |sample: &String| samples_of(&text.join("\n"), sample);
    let renamed = |(labels, value): Sample| (labels.replace(name, other), value);
    names.iter().flat_map(of_name).map(renamed).collect()
}

fn of_peer(peer: u32, samples: Vec<Sample>) -> Vec<Sample> {
    samples.into_iter().filter(|(labels, _)| labels.contains(&format!("peer=\"{peer}\""))).collect()
}

/// Checks that updates through stale handles are dropped.
///
/// They must change neither their family nor another one that reuses the cells.
fn assert_stale_updates_are_dropped<F: Family>(options: InstrumentOptions, removal: Removal) {
    let metrics = Metrics::new();
    let ttl = if removal == Removal::Expire { options.ttl(SHORT_TTL) } else { options };
    let first = metrics.register("first", "", None, F::with_options(ttl)).unwrap();
    let handles: Vec<_> = (0..PEERS).map(|peer| first.with(peer)).collect();
    update::<F>(&handles);
    match removal {
        Removal::Remove => (0..PEERS).for_each(|peer| assert!(first.remove(peer))),
        Removal::Clear => first.clear(),
        Removal::Expire => (0..3).for_each(|_| _ = metrics.to_text()),
    }
    assert_eq!(samples(&metrics, "first", "first"), []);

    let second = metrics.register("second", "", None, F::with_options(options)).unwrap();
    let others: Vec<_> = (0..PEERS).map(|peer| second.with(peer)).collect();
    update::<F>(&others);
    let before = samples(&metrics, "second", "second");
    assert!(before.len() >= PEERS as usize);
    update::<F>(&handles);
    assert_eq!(samples(&metrics, "first", "first"), []);
    assert_eq!(samples(&metrics, "second", "second"), before);

    // A new series with the same labels starts at 0, and handles of the removed series do not change it.
    update::<F>(&[first.with(7)]);
    update::<F>(&handles);
    assert_eq!(samples(&metrics, "first", "second"), of_peer(7, before.clone()));
    assert_eq!(samples(&metrics, "second", "second"), before);
}

fn assert_updates_after_every_removal_are_dropped<F: Family>(options: InstrumentOptions) {
    for removal in [Removal::Remove, Removal::Clear, Removal::Expire, Removal::Remove] {
        assert_stale_updates_are_dropped::<F>(options, removal);
    }
}

#[test]
fn stale_counter_updates_are_dropped() {
    assert_updates_after_every_removal_are_dropped::<Counter<Peer>>(InstrumentOptions::new());
    assert_updates_after_every_removal_are_dropped::<Counter<Peer, f64>>(InstrumentOptions::new());
}

#[test]
fn stale_histogram_and_summary_updates_are_dropped() {
    HISTOGRAMS.into_iter().for_each(assert_updates_after_every_removal_are_dropped::<Histogram<Peer>>);
    assert_updates_after_every_removal_are_dropped::<Summary<Peer>>(InstrumentOptions::new());
}

#[test]
fn stale_gauge_and_state_set_updates_are_dropped() {
    // Without `Removal::Expire`: a series with handles does not expire.
    for removal in [Removal::Remove, Removal::Clear, Removal::Remove] {
        assert_stale_updates_are_dropped::<Gauge<Peer>>(InstrumentOptions::new(), removal);
        assert_stale_updates_are_dropped::<StateSet<Mode, Peer>>(InstrumentOptions::new(), removal);
    }
}

// ---- guards -------------------------------------------------------------------------------------------

#[test]
fn in_flight_guard_keeps_its_series_from_expiring() {
    let metrics = Metrics::new();
    let options = InstrumentOptions::new().ttl(SHORT_TTL);
    let gauge = metrics.register("in_flight", "", None, Gauge::<Peer>::with_options(options)).unwrap();
    let other = metrics.register("others", "", None, Gauge::<Peer>::new()).unwrap();
    gauge.with(&Peer { peer: 2 }).set(5.0);
    let guard = gauge.with(&Peer { peer: 1 }).track();
    for _ in 0..5 {
        metrics.to_text();
    }
    (0..PEERS).for_each(|peer| other.with(&Peer { peer }).set(1.0));
    let held = ("peer=\"1\"".to_owned(), 1.0);
    assert_eq!(samples_of(&metrics.to_text(), "in_flight"), [held], "only the series without a guard expires");
    thread::scope(|scope| _ = scope.spawn(|| drop(guard)));
    assert_eq!(gauge.with(&Peer { peer: 1 }).value(), 0.0);
    let text = metrics.to_text();
    assert!(samples_of(&text, "others").iter().all(|(_, value)| *value == 1.0));
    (0..3).for_each(|_| _ = metrics.to_text());
    assert_eq!(samples_of(&metrics.to_text(), "in_flight"), []);
}

#[test]
fn dropping_a_guard_of_a_removed_series_changes_nothing() {
    let metrics = Metrics::new();
    let gauge = metrics.register("in_flight", "", None, Gauge::<Peer>::new()).unwrap();
    for clear in [false, true] {
        let guards: Vec<_> = (0..PEERS).map(|peer| gauge.with(&Peer { peer }).track()).collect();
        match clear {
            true => gauge.clear(),
            false => (0..PEERS).for_each(|peer| assert!(gauge.remove(&Peer { peer }))),
        }
        let again: Vec<_> = (0..2 * PEERS).map(|peer| gauge.with(&Peer { peer }).track()).collect();
        drop(guards);
        let levels = samples_of(&metrics.to_text(), "in_flight");
        assert!(levels.len() == 2 * PEERS as usize && levels.iter().all(|(_, level)| *level == 1.0), "{levels:?}");
        drop(again);
        assert!(samples_of(&metrics.to_text(), "in_flight").iter().all(|(_, level)| *level == 0.0));
        gauge.clear();
    }
}

#[test]
fn running_timer_keeps_its_series_from_expiring() {
    let shapes = [CLASSIC, Buckets::NATIVE, CLASSIC.and_native()];
    for buckets in shapes {
        let metrics = Metrics::new();
        let options = InstrumentOptions::new().ttl(SHORT_TTL);
        let summary = metrics.register("waits", "", None, Summary::<Peer>::with_options(options)).unwrap();
        let histogram = Histogram::<Peer>::with_options(options.buckets(buckets));
        let histogram = metrics.register("times", "", None, histogram).unwrap();
        histogram.with(&Peer { peer: 2 }).observe(1.0);
        let timers = [histogram.with(&Peer { peer: 1 }).start_timer(), summary.with(&Peer { peer: 1 }).start_timer()];
        (0..5).for_each(|_| _ = metrics.to_text());
        let counts = |text: &str| ["times_count", "waits_count"].map(|name| samples_of(text, name));
        let counted = |count| ["peer=\"1\""; 2].map(|labels| vec![(labels.to_owned(), count)]);
        assert_eq!(counts(&metrics.to_text()), counted(0.0));
        thread::scope(|scope| _ = scope.spawn(|| drop(timers)));
        assert_eq!(counts(&metrics.to_text()), counted(1.0), "after the timers ended on another thread");
        (0..3).for_each(|_| _ = metrics.to_text());
        assert_eq!(counts(&metrics.to_text()), [vec![], vec![]]);
    }
}

// ---- updates that change no value ---------------------------------------------------------------------

#[test]
fn update_without_a_change_of_value_keeps_the_series() {
    let metrics = Metrics::new();
    let options = InstrumentOptions::new().ttl(SHORT_TTL);
    let counter = metrics.register("counter", "", None, Counter::<Peer>::with_options(options)).unwrap();
    let seconds = metrics.register("float", "", None, Counter::<Peer, f64>::with_options(options)).unwrap();
    let gauge = metrics.register("gauge", "", None, Gauge::<Peer>::with_options(options)).unwrap();
    let state = metrics.register("state", "", None, StateSet::<Mode, Peer>::with_options(options)).unwrap();
    let summary = metrics.register("summary", "", None, Summary::<Peer>::with_options(options)).unwrap();
    let zero = metrics.register("zero", "", None, Gauge::<Peer>::with_options(options)).unwrap();
    let peer = Peer { peer: 1 };
    let update = || {
        counter.with(&peer).add(0);
        seconds.with(&peer).add(0.0);
        gauge.with(&peer).set(1.0);
        state.with(&peer).set(Mode::Idle);
        summary.with(&peer).observe(0.0);
        zero.with(&peer).add(0.0);
    };
    const NAMES: [&str; 6] = ["counter_total", "float_total", "gauge", "state", "summary_sum", "zero"];
    for on_other_thread in [false, true, false, true, true] {
        match on_other_thread {
            true => thread::scope(|scope| _ = scope.spawn(update)),
            false => update(),
        }
        let text = metrics.to_text();
        for name in NAMES {
            assert!(!samples_of(&text, name).is_empty(), "{name}");
        }
    }
    (0..3).for_each(|_| _ = metrics.to_text());
    let text = metrics.to_text();
    for name in NAMES {
        assert_eq!(samples_of(&text, name), [], "{name}");
    }
}
