//! The promises of the metrics: nothing is lost, nothing is torn, nothing grows without bound.

use ops::{Buckets, Counter, Gauge, Histogram, Info, LabelValue, Labels, Metrics, StateSet};
use ops_tests::memory::resident_kib;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Updates of all threads.
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

/// Heat given off.
#[ops::metric(unit = "joules")]
static HEAT: Counter<(), f64>;

/// Sizes, in native buckets.
#[ops::metric(buckets = Buckets::NATIVE, unit = "bytes")]
static SIZES: Histogram;

/// Requests that are answered now.
#[ops::metric]
static ANSWERING: Gauge;

/// What is deployed.
#[ops::metric]
static DEPLOYMENT: Info<Deployment<'static>>;

#[derive(Labels)]
struct Deployment<'a> {
    region: &'a str,
}

/// What the shop does.
#[ops::metric]
static SHOP_STATE: StateSet<ShopState>;

/// What each counter of the shop does.
#[ops::metric(max_series = 2)]
static DESK_STATE: StateSet<ShopState, Desk<'static>>;

#[derive(Labels)]
struct Desk<'a> {
    desk: &'a str,
}

/// Visits, under a name of OpenTelemetry.
#[ops::metric(name = "desk.visits", utf8)]
static DESK_VISITS: Counter;

#[ops::metric(name = "desk.open", utf8)]
fn open_desk() {}

#[derive(LabelValue, Clone, Copy)]
enum ShopState {
    Closed,
    Open,
}

/// Held by tests that keep all processors busy: a writer that is preempted by another test holds up all readers.
static PROCESSORS: Mutex<()> = Mutex::new(());

#[test]
fn what_eight_threads_add_is_counted_exactly() {
    let _processors = PROCESSORS.lock().unwrap_or_else(PoisonError::into_inner);
    let each = 10_000_000;
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..each).for_each(|_| UPDATES.inc()));
        }
    });
    assert_eq!(UPDATES.value(), 8 * each);
}

#[test]
fn no_snapshot_beside_three_observers_is_torn_and_no_counter_goes_back() {
    let _processors = PROCESSORS.lock().unwrap_or_else(PoisonError::into_inner);
    // A registry of its own: what a snapshot costs grows with the series of all other tests.
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
            assert_eq!(buckets.iter().sum::<u64>() as f64, sum, "each observation was of 1");
            assert!(sum >= before, "{sum} after {before}");
            before = sum;
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// The buckets and the sum of the histogram `name`.
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
fn a_million_label_values_make_two_thousand_series_and_lose_nothing() {
    (0..10_000).for_each(|user| LOGINS.with(&User { user }).inc());
    let before = resident_kib();
    (10_000..1_000_000).for_each(|user| LOGINS.with(&User { user }).inc());
    let grown = resident_kib().saturating_sub(before);
    let series = samples("logins_total");
    assert_eq!(series.len(), 2_001);
    assert_eq!(series.iter().map(|(_, value)| value).sum::<f64>(), 1_000_000.0);
    assert!(grown < 8 << 10, "{grown} KiB");
}

/// The samples called `name`: labels and value.
fn samples(name: &str) -> Vec<(String, f64)> {
    let text = ops::metrics().to_text();
    let samples = text.lines().filter_map(|line| line.strip_prefix(name)?.rsplit_once(' '));
    samples.map(|(labels, value)| (labels.to_owned(), value.parse().unwrap())).collect()
}

#[test]
fn a_family_has_its_own_limit_and_its_series_can_be_taken_out() {
    for user in [1, 2, 3, 4, 5, 1] {
        VISITS.with(&User { user }).inc();
    }
    let shown = |labels: &str, value: f64| (labels.to_owned(), value);
    let overflow = shown("{ops_overflow=\"true\"}", 2.0);
    let (second, third) = (shown("{user=\"2\"}", 1.0), shown("{user=\"3\"}", 1.0));
    assert_eq!(samples("visits_total"), [overflow.clone(), shown("{user=\"1\"}", 2.0), second.clone(), third.clone()]);

    assert!(VISITS.remove(&User { user: 1 }) && !VISITS.remove(&User { user: 1 }));
    VISITS.with(&User { user: 9 }).inc();
    assert_eq!(samples("visits_total"), [overflow, second, third, shown("{user=\"9\"}", 1.0)]);
}

#[test]
fn a_counter_may_count_in_floats() {
    HEAT.add(0.5);
    HEAT.add(1.25);
    HEAT.add(f64::NAN);
    assert_eq!(samples("heat_joules_total"), [(String::new(), 1.75)]);
}

#[test]
fn native_buckets_are_shown_as_a_count_and_a_sum_in_text() {
    SIZES.observe(100.0);
    SIZES.observe(3_000.0);
    assert_eq!(samples("sizes_bytes_bucket"), [("{le=\"+Inf\"}".to_owned(), 2.0)]);
    assert_eq!(samples("sizes_bytes_sum"), [(String::new(), 3_100.0)]);
}

#[test]
fn what_is_under_way_is_counted_out_even_past_a_panic() {
    let answering = ANSWERING.track();
    let panicked = thread::spawn(|| {
        let _answering = ANSWERING.track();
        assert!(ANSWERING.value() >= 2.0, "to fail is the point");
        panic!("on purpose");
    });
    assert!(panicked.join().is_err());
    drop(answering);
    assert_eq!(ANSWERING.value(), 0.0);
}

#[test]
fn facts_and_states_are_series_of_their_labels() {
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
fn states_are_told_apart_by_labels_as_anything_else() {
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
fn a_name_of_any_characters_is_declared_by_those_who_ask_for_it() {
    DESK_VISITS.inc();
    open_desk();
    assert_eq!(samples("desk_visits_total"), [(String::new(), 1.0)]);
    assert_eq!(samples("desk_open_total{outcome=\"ok\"}"), [(String::new(), 1.0)]);
    let names = ops::catalog().metrics().map(|metric| metric.name.as_str());
    let names: Vec<_> = names.filter(|name| name.starts_with("desk.")).collect();
    assert_eq!(names, ["desk.open_duration_seconds", "desk.open_in_flight", "desk.open_total", "desk.visits_total"]);
}

#[test]
fn a_timer_counts_when_it_is_dropped() {
    let metrics = Metrics::new();
    let waits = metrics.register("wait", "Time waited.", Some("seconds"), Histogram::<()>::new()).unwrap();
    drop(waits.start_timer());
    assert!(waits.start_timer().stop() < Duration::from_secs(60));
    waits.start_timer().discard();
    assert_eq!(waits.count(), 2);
}
