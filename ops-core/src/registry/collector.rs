//! Collectors: callbacks that supply the values of a family at each scrape.

use super::collector_run::{CollectorRun, Values};
use super::family::FamilyInfo;
use super::registration::RegistrationId;
use super::source::Source;
use crate::descriptor::MetricKind;
use crate::metric::{Attr, AttrLabels, Counter, ERRORS, LabelWriter, Labels as _, Part, Reason, Value, attr};
use crate::unwind::IgnorePoison;
use crate::unwind::catch_panic;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::Instant;

/// The series that a collector callback supplies.
#[derive(Debug)]
pub struct Collected {
    kind: MetricKind,
    values: Vec<(Box<str>, Value<'static>)>,
}

impl Collected {
    /// Sets the series with these labels to `value`.
    ///
    /// Values that are invalid for a counter (NaN, negative) are dropped and counted in `ops_metric_errors_total`.
    pub fn set(&mut self, value: f64, labels: &[Attr]) {
        let value = match self.kind {
            MetricKind::Counter if value >= 0.0 => Value::float_counter(value),
            MetricKind::Counter => {
                let reason = if value.is_nan() { Reason::Nan } else { Reason::Negative };
                return ERRORS.inc(reason);
            }
            _ => Value::Gauge(value),
        };
        let mut text = String::new();
        AttrLabels(labels).write(&mut LabelWriter::new(&mut text));
        self.values.push((text.into(), value));
    }
}

/// A registered callback and its family, which it may share with other collectors.
pub(super) struct Collector {
    pub(super) id: RegistrationId,
    pub(super) info: FamilyInfo,
    callback: Arc<dyn Fn(&mut Collected) + Send + Sync>,
    /// The run in progress. Concurrent scrapes share it, so that a hanging callback is not started again.
    run: Mutex<Weak<CollectorRun>>,
}

/// Number of callback runs that panicked, timed out or could not be started, by family.
pub(super) static FAILURES: Counter<AttrLabels<'static>> = Counter::new();

/// Runs `collectors` and returns their families.
///
/// The series of callbacks that fail or do not finish by `deadline` are missing.
pub(super) fn collect(collectors: &[Arc<Collector>], deadline: Instant) -> Vec<(FamilyInfo, Vec<Source>)> {
    // Start all runs before waiting for the first one.
    let runs: Vec<_> = collectors.iter().map(|collector| (&collector.info, collector.run())).collect();
    let mut families: BTreeMap<&str, (&FamilyInfo, Vec<Source>)> = BTreeMap::new();
    // The first source of a duplicate series is kept. The latest registration comes first, so that a new pool overrides
    // its predecessor.
    for (info, run) in runs.into_iter().rev() {
        match run.and_then(|run| run.wait(deadline)) {
            Some(values) => {
                families.entry(&info.name).or_insert_with(|| (info, Vec::new())).1.push(Source::Collected(values));
            }
            None => FAILURES.with(&AttrLabels(&[attr("family", info.name.clone())])).inc(),
        }
    }
    families.into_values().map(|(info, sources)| (info.clone(), sources)).collect()
}

impl Collector {
    pub(super) fn new(
        name: &str,
        help: &str,
        kind: MetricKind,
        callback: impl Fn(&mut Collected) + Send + Sync + 'static,
    ) -> Self {
        let info = FamilyInfo::at_run_time(name, help, None, Part::whole(kind, Vec::new()));
        Collector { id: RegistrationId::next(), info, callback: Arc::new(callback), run: Mutex::default() }
    }

    /// Returns the run in progress, or starts one; `None` if no thread can be spawned.
    fn run(&self) -> Option<Arc<CollectorRun>> {
        let mut current = self.run.lock().ignore_poison();
        if let Some(run) = current.upgrade().filter(|run| !run.is_done()) {
            return Some(run);
        }
        let run = Arc::new(CollectorRun::default());
        let (callback, kind, finished) = (self.callback.clone(), self.info.kind, run.clone());
        let work = move || {
            let mut collected = Collected { kind, values: Vec::new() };
            let ran = catch_panic(|| callback(&mut collected));
            finished.finish(ran.is_ok().then(|| sorted(collected.values)));
        };
        thread::Builder::new().name("ops-collect".to_owned()).spawn(work).ok()?;
        *current = Arc::downgrade(&run);
        Some(run)
    }
}

/// Sorts `values` by labels; the last of several values with equal labels is kept.
fn sorted(mut values: Vec<(Box<str>, Value<'static>)>) -> Values {
    values.reverse();
    values.sort_by(|a, b| a.0.cmp(&b.0));
    values.dedup_by(|next, kept| next.0 == kept.0);
    values.into()
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("family", &self.info.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{Metrics, Registration};
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    fn failures(family: &'static str) -> u64 {
        FAILURES.with(&AttrLabels(&[attr("family", family)])).value()
    }

    #[test]
    fn failing_and_hanging_callbacks_do_not_affect_others() {
        let (release, held) = mpsc::channel::<()>();
        let held = Mutex::new(held);
        let metrics = Metrics::new();
        metrics.collect_gauge("panics", "", |_| panic!("on purpose")).unwrap().forever();
        metrics.collect_gauge("hangs", "", move |_| drop(held.lock().map(|held| held.recv()))).unwrap().forever();
        metrics
            .collect_counter("works_total", "", |works| {
                works.set(1.0, &[attr("at", "b")]);
                works.set(2.5, &[attr("at", "a")]);
                works.set(3.0, &[attr("at", "b")]);
            })
            .unwrap()
            .forever();
        let expected = "# TYPE works_total counter\nworks_total{at=\"a\"} 2.5\nworks_total{at=\"b\"} 3\n";
        assert_eq!(metrics.to_text(), expected);
        assert_eq!(metrics.to_text(), expected, "a hanging callback is waited for only once");
        assert_eq!((failures("panics"), failures("hangs")), (2, 2));
        drop(release);
    }

    #[test]
    fn concurrent_scrapes_share_a_callback_run() {
        let (runs, both) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(2)));
        let metrics = Metrics::new();
        let (counted, met) = (runs.clone(), both.clone());
        let shared = move |shared: &mut Collected| {
            counted.fetch_add(1, Ordering::Relaxed);
            met.wait();
            shared.set(7.0, &[]);
        };
        metrics.collect_gauge("shared", "", shared).unwrap().forever();
        // The barrier blocks the callback until both have joined, so that neither starts another run.
        let joined: Vec<_> =
            (0..2).flat_map(|_| metrics.collectors()).map(|collector| collector.run().unwrap()).collect();
        both.wait();
        for run in joined {
            let values = run.wait(Instant::now() + Duration::from_secs(60)).unwrap();
            assert_eq!(*values, [("".into(), Value::Gauge(7.0))]);
        }
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        assert_eq!(failures("shared"), 0);
    }

    #[test]
    fn invalid_counter_values_are_dropped_and_counted() {
        let dropped = |reason| ERRORS.value(reason);
        let metrics = Metrics::new();
        let invalid = |counter: &mut Collected| [f64::NAN, -1.0].iter().for_each(|value| counter.set(*value, &[]));
        metrics.collect_counter("invalid_total", "", invalid).unwrap().forever();
        let before = (dropped(Reason::Nan), dropped(Reason::Negative));
        assert_eq!(metrics.to_text(), "");
        // Not exact, because tests that run in parallel count here as well.
        assert!(dropped(Reason::Nan) > before.0 && dropped(Reason::Negative) > before.1);
    }

    fn pool(metrics: &Metrics, name: &'static str, connections: f64) -> Registration {
        let callback = move |pool: &mut Collected| pool.set(connections, &[attr("pool", name)]);
        metrics.collect_gauge("pool_connections", "Connections.", callback).unwrap()
    }

    fn shown(metrics: &Metrics) -> Vec<String> {
        metrics.to_text().lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }

    #[test]
    fn callbacks_share_a_family_until_their_registrations_are_dropped() {
        let metrics = Metrics::new();
        let read = pool(&metrics, "read", 3.0);
        let write = pool(&metrics, "write", 5.0);
        assert_eq!(
            metrics.to_text(),
            "# HELP pool_connections Connections.\n# TYPE pool_connections gauge\n\
             pool_connections{pool=\"read\"} 3\npool_connections{pool=\"write\"} 5\n"
        );
        drop(read);
        assert_eq!(shown(&metrics), ["pool_connections{pool=\"write\"} 5"]);
        drop(write);
        assert_eq!(metrics.to_text(), "");
        metrics.collect_counter("pool_connections", "", |_| {}).unwrap().forever();
    }

    #[test]
    fn later_callback_overrides_a_duplicate_series() {
        let metrics = Metrics::new();
        let first = pool(&metrics, "read", 3.0);
        let before = ERRORS.value(Reason::Duplicate);
        let second = pool(&metrics, "read", 4.0);
        assert_eq!(shown(&metrics), ["pool_connections{pool=\"read\"} 4"]);
        assert!(ERRORS.value(Reason::Duplicate) > before);
        drop(second);
        assert_eq!(shown(&metrics), ["pool_connections{pool=\"read\"} 3"], "the earlier callback is still registered");
        drop(first);
    }

    #[test]
    fn failing_callback_does_not_affect_others_of_its_family() {
        let metrics = Metrics::new();
        let _works = pool(&metrics, "read", 3.0);
        let _fails = metrics.collect_gauge("pool_connections", "Connections.", |_| panic!("on purpose")).unwrap();
        assert_eq!(shown(&metrics), ["pool_connections{pool=\"read\"} 3"]);
    }

    #[test]
    fn dropping_a_registration_drops_the_callback() {
        let metrics = Metrics::new();
        let held = Arc::new(());
        let holds = held.clone();
        let callback = move |held: &mut Collected| held.set(Arc::strong_count(&holds) as f64, &[]);
        let registration = metrics.collect_gauge("holders", "", callback).unwrap();
        assert_eq!(Arc::strong_count(&held), 2);
        drop(registration);
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn dropping_a_callback_may_drop_other_registrations() {
        let metrics = Metrics::new();
        let inner = pool(&metrics, "read", 3.0);
        let outer = metrics.collect_gauge("outer", "", move |_| drop(format!("{inner:?}"))).unwrap();
        drop(outer);
        assert_eq!(metrics.to_text(), "");
    }

    #[test]
    fn registration_does_not_keep_its_registry_alive() {
        let metrics = Metrics::new();
        let registration = pool(&metrics, "read", 3.0);
        drop(metrics);
        drop(registration);
    }

    #[test]
    fn rejects_callbacks_of_a_family_with_another_kind_or_help() {
        let metrics = Metrics::new();
        let _read = pool(&metrics, "read", 3.0);
        assert_eq!(
            metrics.collect_gauge("pool_connections", "Other.", |_| {}).unwrap_err().to_string(),
            "cannot register `pool_connections`: it exists with the help \"Connections.\"; use the same help, or another name"
        );
        metrics.collect_counter("reads", "", |_| {}).unwrap().forever();
        assert_eq!(
            metrics.collect_gauge("reads_total", "", |_| {}).unwrap_err().to_string(),
            "cannot use `reads_total` as gauge: it exists as counter; choose another name"
        );
    }
}
