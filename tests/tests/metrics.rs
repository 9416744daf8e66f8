//! Guarantees of the metrics: no lost updates, no torn reads, bounded memory.

use ops::{Buckets, Counter, Gauge, Histogram, Info, LabelValue, Labels, Metrics, StateSet};
use ops_tests::memory::resident_kib;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Updates by all threads.
#[ops::metric]
static UPDATES: Counter;

/// Logins, by user.
#[ops::metric]
static LOGINS: Counter<User>;

/// Visits, by user.
#[ops::metric(max_series = 3, ttl = "1h")]
static VISITS: Counter<User>;

#[derive(Labels)]
struct User {
    user: u32,
}

/// Dissipated heat.
#[ops::metric(unit = "joules")]
static HEAT: Counter<(), f64>;

/// Sizes, in native buckets.
#[ops::metric(buckets = Buckets::NATIVE, unit = "bytes")]
static SIZES: Histogram;

/// Requests in flight.
#[ops::metric]
static IN_FLIGHT: Gauge;

/// Deployment facts.
#[ops::metric]
static DEPLOYMENT: Info<Deployment<'static>>;

#[derive(Labels)]
struct Deployment<'a> {
    region: &'a str,
}

/// State of the shop.
#[ops::metric]
static SHOP_STATE: StateSet<ShopState>;

/// State of each desk of the shop.
#[ops::metric(max_series = 2)]
static DESK_STATE: StateSet<ShopState, Desk<'static>>;

#[derive(Labels)]
struct Desk<'a> {
    desk: &'a str,
}

/// Visits, with an OpenTelemetry name.
#[ops::metric(name = "desk.visits", utf8)]
static DESK_VISITS: Counter;

#[ops::metric(name = "desk.open", utf8)]
fn open_desk() {}

#[derive(LabelValue, Clone, Copy)]
enum ShopState {
    Closed,
    Open,
}

/// Serializes CPU-bound tests: a writer that is preempted inside a seqlock write delays all readers.
static CPU_BOUND: Mutex<()> = Mutex::new(());

#[test]
fn concurrent_increments_are_not_lost() {
    let _exclusive = CPU_BOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let each = 10_000_000;
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..each).for_each(|_| UPDATES.inc()));
        }
    });
    assert_eq!(UPDATES.value(), 8 * each);
}

#[test]
fn snapshots_under_concurrent_observations_are_consistent_and_monotonic() {
    let _exclusive = CPU_BOUND.lock().unwrap_or_else(PoisonError::into_inner);
    // A separate registry, because the cost of a snapshot grows with the series of other tests.
    let metrics = Metrics::new();
    let ones = Histogram::<()>::with_buckets(Buckets::list(&[0.5, 1.0]));
    let ones = metrics.register("ones", "Observations of 1.", None, ones).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    ones.observe(1.0);
                }
            });
        }
        let mut before = 0.0;
        for _ in 0..100_000 {
            let (buckets, sum) = read(&metrics, "ones");
            assert_eq!(buckets.iter().sum::<u64>() as f64, sum, "every observation is 1");
            assert!(sum >= before, "{sum} after {before}");
            before = sum;
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// Returns the buckets and the sum of the histogram `name`.
fn read(metrics: &Metrics, name: &str) -> (Vec<u64>, f64) {
    let snapshot = metrics.snapshot();
    let mut read = None;
    for family in snapshot.families().filter(|family| family.info().name == name) {
        family.for_each(|_, value| {
            if let ops::metric::Value::Histogram(histogram) = value {
                read = Some((histogram.buckets.to_vec(), histogram.sum));
            }
        });
    }
    read.unwrap()
}

#[test]
fn a_million_label_values_are_limited_to_two_thousand_series_without_lost_updates() {
    (0..10_000).for_each(|user| LOGINS.with(&User { user }).inc());
    let before = resident_kib();
    (10_000..1_000_000).for_each(|user| LOGINS.with(&User { user }).inc());
    let grown = resident_kib().saturating_sub(before);
    let series = samples("logins_total");
    assert_eq!(series.len(), 2_001);
    assert_eq!(series.iter().map(|(_, value)| value).sum::<f64>(), 1_000_000.0);
    assert!(grown < 8 << 10, "{grown} KiB");
}

/// Returns the labels and values of the samples called `name`.
fn samples(name: &str) -> Vec<(String, f64)> {
    let text = ops::metrics().to_text();
    let samples = text.lines().filter_map(|line| line.strip_prefix(name)?.rsplit_once(' '));
    samples.map(|(labels, value)| (labels.to_owned(), value.parse().unwrap())).collect()
}

#[test]
fn max_series_limits_a_family_and_removed_series_make_room() {
    for user in [1, 2, 3, 4, 5, 1] {
        VISITS.with(&User { user }).inc();
    }
    let sample = |labels: &str, value: f64| (labels.to_owned(), value);
    let overflow = sample("{ops_overflow=\"true\"}", 2.0);
    let (second, third) = (sample("{user=\"2\"}", 1.0), sample("{user=\"3\"}", 1.0));
    assert_eq!(samples("visits_total"), [overflow.clone(), sample("{user=\"1\"}", 2.0), second.clone(), third.clone()]);

    assert!(VISITS.remove(&User { user: 1 }) && !VISITS.remove(&User { user: 1 }));
    VISITS.with(&User { user: 9 }).inc();
    assert_eq!(samples("visits_total"), [overflow, second, third, sample("{user=\"9\"}", 1.0)]);
}

#[test]
fn float_counter_sums_and_drops_nan() {
    HEAT.add(0.5);
    HEAT.add(1.25);
    HEAT.add(f64::NAN);
    assert_eq!(samples("heat_joules_total"), [(String::new(), 1.75)]);
}

#[test]
fn text_format_exposes_count_and_sum_of_native_histograms() {
    SIZES.observe(100.0);
    SIZES.observe(3_000.0);
    assert_eq!(samples("sizes_bytes_bucket"), [("{le=\"+Inf\"}".to_owned(), 2.0)]);
    assert_eq!(samples("sizes_bytes_sum"), [(String::new(), 3_100.0)]);
}

#[test]
fn in_flight_guard_decrements_on_panic() {
    let request = IN_FLIGHT.track();
    let panicked = thread::spawn(|| {
        let _request = IN_FLIGHT.track();
        assert!(IN_FLIGHT.value() >= 2.0);
        panic!("on purpose");
    });
    assert!(panicked.join().is_err());
    drop(request);
    assert_eq!(IN_FLIGHT.value(), 0.0);
}

#[test]
fn infos_and_state_sets_are_exposed_by_their_labels() {
    let region = String::from("eu-west");
    DEPLOYMENT.set(&Deployment { region: &region });
    SHOP_STATE.set(ShopState::Closed);
    SHOP_STATE.set(ShopState::Open);
    assert_eq!(samples("deployment_info"), [("{region=\"eu-west\"}".to_owned(), 1.0)]);
    DEPLOYMENT.clear();
    assert_eq!(samples("deployment_info"), []);
    assert_eq!(
        samples("shop_state"),
        [("{shop_state=\"closed\"}".to_owned(), 0.0), ("{shop_state=\"open\"}".to_owned(), 1.0)]
    );
}

#[test]
fn state_sets_have_a_state_per_label_set() {
    let state = |labels: &str, value: f64| (format!("{{desk_state={labels}}}"), value);
    for (desk, now) in
        [("b", ShopState::Open), ("a", ShopState::Open), ("a", ShopState::Closed), ("c", ShopState::Open)]
    {
        DESK_STATE.with(&Desk { desk }).set(now);
    }
    let (a, b) = (
        [state(r#""closed",desk="a""#, 1.0), state(r#""open",desk="a""#, 0.0)],
        [state(r#""closed",desk="b""#, 0.0), state(r#""open",desk="b""#, 1.0)],
    );
    let overflow = [state(r#""closed",ops_overflow="true""#, 0.0), state(r#""open",ops_overflow="true""#, 1.0)];
    assert_eq!(samples("desk_state"), [a, b.clone(), overflow.clone()].concat());
    assert!(DESK_STATE.remove(&Desk { desk: "a" }));
    assert_eq!(samples("desk_state"), [b, overflow].concat());
    DESK_STATE.clear();
    assert!(!DESK_STATE.remove(&Desk { desk: "b" }));
}

#[test]
fn utf8_names_are_declared_with_the_utf8_option() {
    DESK_VISITS.inc();
    open_desk();
    assert_eq!(samples("desk_visits_total"), [(String::new(), 1.0)]);
    assert_eq!(samples("desk_open_total{outcome=\"ok\"}"), [(String::new(), 1.0)]);
    let names = ops::catalog().metrics().map(|metric| metric.name.as_str());
    let names: Vec<_> = names.filter(|name| name.starts_with("desk.")).collect();
    assert_eq!(names, ["desk.open_duration_seconds", "desk.open_in_flight", "desk.open_total", "desk.visits_total"]);
}

#[test]
fn timer_records_on_drop_and_stop_but_not_on_discard() {
    let metrics = Metrics::new();
    let waits = metrics.register("wait", "Time waited.", Some("seconds"), Histogram::<()>::new()).unwrap();
    drop(waits.start_timer());
    assert!(waits.start_timer().stop() < Duration::from_secs(60));
    waits.start_timer().discard();
    assert_eq!(waits.count(), 2);
}
