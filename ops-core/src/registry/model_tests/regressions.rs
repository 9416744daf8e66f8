//! Minimal reproductions of bugs that the model tests found.

use crate::clock::Clock;
use crate::metric::{Counter, Gauge, InstrumentOptions, attr};
use crate::registry::Metrics;
use std::time::Duration;

#[derive(ops_core::Labels)]
struct User {
    user: u32,
}

const TTL: Duration = Duration::from_secs(60);

#[test]
fn clear_removes_the_overflow_series_and_detaches_its_handles() {
    let metrics = Metrics::new();
    let logins = Counter::<User>::with_options(InstrumentOptions::new().max_series(1));
    let logins = metrics.register("logins", "", None, logins).unwrap();
    let handles = [1, 2].map(|user| logins.with(&User { user }));
    handles.iter().for_each(|handle| handle.add(5));
    logins.clear();
    handles.iter().for_each(|handle| handle.add_with_exemplar(7, &[attr("trace_id", 1)]));
    let shown = || {
        let text = metrics.to_text();
        text.lines().filter(|line| line.starts_with("logins_total")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(shown(), [""; 0]);
    logins.with(&User { user: 3 }).inc();
    assert_eq!(shown(), ["logins_total{user=\"3\"} 1"]);
}

#[test]
fn update_with_an_unchanged_value_resets_the_ttl() {
    let (clock, time) = Clock::manual();
    let metrics = Metrics::with_clock(clock);
    let options = InstrumentOptions::new().ttl(TTL);
    let level = metrics.register("level", "", None, Gauge::<User>::with_options(options)).unwrap();
    let reads = metrics.register("reads", "", None, Counter::<User>::with_options(options)).unwrap();
    for _ in 0..4 {
        level.with(&User { user: 1 }).set(2.0);
        reads.with(&User { user: 1 }).add(0);
        let shown = "# TYPE level gauge\nlevel{user=\"1\"} 2\n# TYPE reads_total counter\nreads_total{user=\"1\"} 0\n";
        assert_eq!(metrics.to_text(), shown);
        time.advance(TTL / 2);
    }
    time.advance(TTL / 2);
    assert_eq!(metrics.to_text(), "");
}

#[test]
fn update_of_a_saturated_counter_resets_the_ttl() {
    let (clock, time) = Clock::manual();
    let metrics = Metrics::with_clock(clock);
    let options = InstrumentOptions::new().ttl(TTL);
    let bytes = metrics.register("bytes", "", None, Counter::<User>::with_options(options)).unwrap();
    let joules = metrics.register("joules", "", None, Counter::<User, f64>::with_options(options)).unwrap();
    bytes.with(&User { user: 1 }).add(u64::MAX);
    joules.with(&User { user: 1 }).add(f64::MAX);
    let first = metrics.to_text();
    for _ in 0..4 {
        bytes.with(&User { user: 1 }).add(1);
        joules.with(&User { user: 1 }).add(1.0);
        assert_eq!(metrics.to_text(), first);
        time.advance(TTL / 2);
    }
    time.advance(TTL / 2);
    assert_eq!(metrics.to_text(), "");
}

#[test]
fn updates_of_two_threads_that_saturate_a_counter_reset_the_ttl() {
    let (clock, time) = Clock::manual();
    let metrics = Metrics::with_clock(clock);
    let bytes = Counter::<User>::with_options(InstrumentOptions::new().ttl(TTL));
    let bytes = metrics.register("bytes", "", None, bytes).unwrap();
    bytes.with(&User { user: 1 }).add(1);
    metrics.to_text();
    time.advance(TTL);
    bytes.with(&User { user: 1 }).add(u64::MAX - 1);
    std::thread::scope(|scope| _ = scope.spawn(|| bytes.with(&User { user: 1 }).add(2)));
    let largest = "# TYPE bytes_total counter\nbytes_total{user=\"1\"} 18446744073709551615\n";
    assert_eq!(metrics.to_text(), largest);
    time.advance(TTL);
    assert_eq!(metrics.to_text(), "");
}

#[test]
fn gauge_is_idle_once_its_last_handle_is_dropped() {
    let (clock, time) = Clock::manual();
    let metrics = Metrics::with_clock(clock);
    let level = Gauge::<User>::with_options(InstrumentOptions::new().ttl(TTL));
    let level = metrics.register("level", "", None, level).unwrap();
    let series = level.with(&User { user: 1 });
    let present = "# TYPE level gauge\nlevel{user=\"1\"} 0\n";
    assert_eq!(metrics.to_text(), present);
    time.advance(TTL);
    drop(series);
    assert_eq!(metrics.to_text(), present);
    time.advance(TTL);
    assert_eq!(metrics.to_text(), "");
}

#[test]
fn in_flight_guard_keeps_its_gauge_beyond_the_ttl() {
    let (clock, time) = Clock::manual();
    let metrics = Metrics::with_clock(clock);
    let open = Gauge::<User>::with_options(InstrumentOptions::new().ttl(TTL));
    let open = metrics.register("open", "", None, open).unwrap();
    let guard = open.with(&User { user: 1 }).track();
    let shown = || {
        time.advance(TTL);
        metrics.to_text()
    };
    let present = "# TYPE open gauge\nopen{user=\"1\"} ";
    assert_eq!([shown(), shown(), shown()], [(); 3].map(|()| format!("{present}1\n")));
    drop(guard);
    assert_eq!([shown(), shown()], [format!("{present}0\n"), String::new()]);
}
