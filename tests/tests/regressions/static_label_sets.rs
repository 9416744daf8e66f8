//! Static label sets: all series exist from the start, or startup fails.

use super::{Peer, in_own_process, samples_of};
use ops::metric::{InstrumentOptions, set_cell_space};
use ops::{Buckets, Counter, Gauge, Histogram, LabelValue, Metrics};

/// A label value with `N` variants.
#[derive(Clone, Copy)]
struct OneOf<const N: usize>(usize);

impl<const N: usize> LabelValue for OneOf<N> {
    fn write(&self, to: &mut ops::metric::ValueWriter<'_>) {
        Self::write_nth(self.0, to);
    }

    fn index(&self) -> usize {
        self.0
    }

    fn values() -> Option<usize> {
        Some(N)
    }

    fn write_nth(n: usize, to: &mut ops::metric::ValueWriter<'_>) {
        to.push_str(&n.to_string());
    }
}

/// A static label set with 8,000 combinations.
#[derive(ops::Labels)]
struct Route {
    method: OneOf<80>,
    route: OneOf<100>,
}

/// Request time by route.
#[ops::metric(buckets = Buckets::linear(1.0, 1.0, 20))]
static ROUTES: Histogram<Route>;

#[tokio::test]
async fn all_series_of_a_large_static_label_set_exist_from_the_start() {
    in_own_process("static_label_sets::inner_large").await;
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_large() {
    ROUTES.with(&Route { method: OneOf(79), route: OneOf(99) }).observe(2.0);
    ops::registry::LinkedMetrics::linked().unwrap();
    let text = ops::metrics().to_text();
    let counts = samples_of(&text, "routes_count");
    assert_eq!(counts.len(), 8_000);
    let counted: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0.0).collect();
    assert_eq!(counted, [("method=\"79\",route=\"99\"".to_owned(), 1.0)]);
    assert!(!text.contains("ops_overflow"));
}

#[tokio::test]
async fn static_label_set_beyond_the_cell_space_fails_startup() {
    in_own_process("static_label_sets::inner_too_large_at_start").await;
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_too_large_at_start() {
    set_cell_space(1 << 20);
    let error = ops::registry::LinkedMetrics::linked().unwrap_err().to_string();
    let declared = include_str!("static_label_sets.rs").lines().position(|line| line.starts_with("static ROUTES"));
    let place = format!("cannot allocate the series of `routes` at {}:{}: ", file!(), declared.unwrap() + 1);
    assert!(error.contains(&place), "{error}");
    assert!(error.contains("bytes of cell space, but 1048576 are available; give its labels fewer values"), "{error}");
    assert!(error.contains("or raise the cell space"), "{error}");
}

#[tokio::test]
async fn static_label_set_beyond_the_cell_space_cannot_be_registered() {
    in_own_process("static_label_sets::inner_too_large_at_run_time").await;
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_too_large_at_run_time() {
    set_cell_space(1 << 20);
    let metrics = Metrics::new();
    for buckets in [Buckets::linear(1.0, 1.0, 20), Buckets::NATIVE] {
        let options = InstrumentOptions::new().buckets(buckets);
        let error = metrics.register("routes", "", None, Histogram::<Route>::with_options(options)).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("cannot register `routes`: "), "{error}");
        assert!(error.contains("bytes of cell space") && error.contains("raise the cell space"), "{error}");
    }
    let counter = metrics.register("routes", "", None, Counter::<Route>::new()).unwrap();
    counter.with(&Route { method: OneOf(79), route: OneOf(99) }).inc();
    let counts = samples_of(&metrics.to_text(), "routes_total");
    assert_eq!((counts.len(), counts.iter().map(|(_, count)| count).sum()), (8_000, 1.0));
}

#[test]
fn instrument_used_before_registration_is_counted_once() {
    let counter = Counter::<Route>::new();
    counter.with(&Route { method: OneOf(1), route: OneOf(2) }).inc();
    let metrics = Metrics::new();
    let counter = metrics.register("routes", "", None, counter).unwrap();
    assert_eq!(counter.with(&Route { method: OneOf(1), route: OneOf(2) }).value(), 1);
    assert_eq!(samples_of(&metrics.to_text(), "routes_total").len(), 8_000);
}

#[tokio::test]
async fn dynamic_label_sets_do_not_take_space_of_registered_static_ones() {
    in_own_process("static_label_sets::inner_dynamic_first").await;
}

#[test]
#[ignore = "runs in a separate process"]
fn inner_dynamic_first() {
    set_cell_space(3 << 20);
    let metrics = Metrics::new();
    let options = InstrumentOptions::new().buckets(Buckets::linear(1.0, 1.0, 20));
    let routes = metrics.register("routes", "", None, Histogram::<Route>::with_options(options)).unwrap();
    let calls = metrics.register("calls", "", None, Counter::<Route>::new()).unwrap();
    let levels = metrics.register("levels", "", None, Gauge::<Route>::new()).unwrap();
    let options = InstrumentOptions::new().buckets(Buckets::NATIVE).max_series(1_000);
    let dynamic = metrics.register("dynamic", "", None, Histogram::<Peer>::with_options(options)).unwrap();
    (0..1_000).for_each(|peer| dynamic.with(&Peer { peer }).observe(1.0));
    let last = Route { method: OneOf(79), route: OneOf(99) };
    routes.with(&last).observe(2.0);
    calls.with(&last).inc();
    levels.with(&last).add(1.0);
    let text = metrics.to_text();
    for sample in ["routes_count", "calls_total", "levels"] {
        let values = samples_of(&text, sample);
        assert_eq!((values.len(), values.iter().map(|(_, value)| value).sum()), (8_000, 1.0), "{sample}");
    }
    let dynamic: f64 = samples_of(&text, "dynamic_count").iter().map(|(_, count)| count).sum();
    assert_eq!(dynamic, 1_000.0);
}
