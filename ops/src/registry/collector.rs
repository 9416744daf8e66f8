//! Values that are held elsewhere, and read by a callback at each scrape.

use super::error::MetricError;
use super::family::FamilyInfo;
use super::metrics::Metrics;
use super::source::Source;
use crate::descriptor::Kind;
use crate::metric::{Attr, AttrLabels, Counter, LabelWriter, Labels as _, Number, Value};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// How long the callbacks of one scrape may take, all together: they run at once.
const DEADLINE: Duration = Duration::from_secs(1);

/// What a callback says: a value a series.
#[derive(Debug)]
pub struct Collected {
    kind: Kind,
    values: Vec<(Box<str>, Value<'static>)>,
}

impl Collected {
    /// Adds the series with these labels. What a counter cannot be (NaN, below 0) is left out.
    pub fn set(&mut self, value: f64, labels: &[Attr]) {
        let value = match self.kind {
            Kind::Counter if value >= 0.0 => Value::Counter { total: Number::Float(value), exemplar: None },
            Kind::Counter => return,
            _ => Value::Gauge(value),
        };
        let mut text = String::new();
        AttrLabels(labels).write(&mut LabelWriter::new(&mut text));
        self.values.push((text.into(), value));
    }
}

/// A callback, and the family that it fills.
pub(super) struct Collector {
    pub(super) info: FamilyInfo,
    callback: Arc<dyn Fn(&mut Collected) + Send + Sync>,
    /// Whether it runs: a callback that hangs is not started again.
    running: Arc<AtomicBool>,
}

impl Metrics {
    /// Fills the counter `name` by `callback` at each scrape: for totals that are held elsewhere.
    ///
    /// # Errors
    /// As [`register`](Metrics::register).
    pub fn collect_counter(
        &self,
        name: &str,
        help: &str,
        callback: impl Fn(&mut Collected) + Send + Sync + 'static,
    ) -> Result<(), MetricError> {
        self.add_collector(Collector::new(name, help, Kind::Counter, callback))
    }

    /// Fills the gauge `name` by `callback` at each scrape: for levels that are held elsewhere.
    ///
    /// Callbacks run on threads of their own, all at once; one that panics, or takes longer than a second, leaves its
    /// family out of the scrape and is counted in `ops_collector_failures_total`. One that hangs is not started again.
    ///
    /// ```
    /// use ops::{Metrics, attr};
    ///
    /// let metrics = Metrics::new();
    /// metrics.collect_gauge("pool_connections", "Connections of the pool.", |pool| {
    ///     pool.set(3.0, &[attr("state", "idle")]);
    ///     pool.set(5.0, &[attr("state", "busy")]);
    /// })?;
    /// assert!(metrics.to_text().contains("pool_connections{state=\"busy\"} 5\n"));
    /// # Ok::<(), ops::registry::MetricError>(())
    /// ```
    ///
    /// # Errors
    /// As [`register`](Metrics::register).
    pub fn collect_gauge(
        &self,
        name: &str,
        help: &str,
        callback: impl Fn(&mut Collected) + Send + Sync + 'static,
    ) -> Result<(), MetricError> {
        self.add_collector(Collector::new(name, help, Kind::Gauge, callback))
    }
}

/// Callbacks that gave nothing to a scrape, by family.
pub(super) static FAILURES: Counter<AttrLabels<'static>> = Counter::new();

/// The families of `collectors`, but those that fail.
pub(super) fn collect(collectors: &[Arc<Collector>]) -> Vec<(FamilyInfo, Vec<Source>)> {
    let deadline = Instant::now() + DEADLINE;
    let running: Vec<_> = collectors.iter().map(|collector| (collector, collector.start())).collect();
    let results = running.into_iter().filter_map(|(collector, values)| {
        let values =
            values.and_then(|values| values.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok());
        match values {
            Some(values) => Some((collector.info.clone(), vec![Source::Collected(values.into())])),
            None => {
                FAILURES.with(&AttrLabels(&[crate::metric::attr("family", collector.info.name.clone())])).inc();
                None
            }
        }
    });
    results.collect()
}

type Values = Vec<(Box<str>, Value<'static>)>;

impl Collector {
    fn new(name: &str, help: &str, kind: Kind, callback: impl Fn(&mut Collected) + Send + Sync + 'static) -> Self {
        let (name, help) = (name.to_owned(), help.to_owned());
        let info = FamilyInfo { name, help, unit: None, kind, labels: Vec::new(), location: None };
        Collector { info, callback: Arc::new(callback), running: Arc::default() }
    }

    /// Starts a run, unless one is under way; its end comes through what this gives, unless it panics.
    fn start(&self) -> Option<mpsc::Receiver<Values>> {
        if self.running.swap(true, Ordering::Acquire) {
            return None;
        }
        let (callback, running, kind) = (self.callback.clone(), self.running.clone(), self.info.kind);
        let (send, receive) = mpsc::sync_channel(1);
        let run = move || {
            let mut collected = Collected { kind, values: Vec::new() };
            let done = catch_unwind(AssertUnwindSafe(|| callback(&mut collected)));
            running.store(false, Ordering::Release);
            match done {
                Ok(()) => drop(send.send(settled(collected.values))),
                // Its destructor is the user's too, and may panic again.
                Err(payload) => std::mem::forget(payload),
            }
        };
        match thread::Builder::new().name("ops-collect".to_owned()).spawn(run) {
            Ok(_) => Some(receive),
            Err(_) => {
                self.running.store(false, Ordering::Release);
                None
            }
        }
    }
}

/// By labels; of two with the same ones the last counts.
fn settled(mut values: Values) -> Values {
    values.reverse();
    values.sort_by(|a, b| a.0.cmp(&b.0));
    values.dedup_by(|next, kept| next.0 == kept.0);
    values
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("family", &self.info.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::attr;
    use std::sync::Mutex;

    #[test]
    fn a_callback_that_panics_or_hangs_leaves_the_others_alone() {
        let (release, held) = mpsc::channel::<()>();
        let held = Mutex::new(held);
        let metrics = Metrics::new();
        metrics.collect_gauge("panics", "", |_| panic!("on purpose")).unwrap();
        metrics.collect_gauge("hangs", "", move |_| drop(held.lock().map(|held| held.recv()))).unwrap();
        metrics
            .collect_counter("works_total", "", |works| {
                works.set(1.0, &[attr("at", "b")]);
                works.set(f64::NAN, &[attr("at", "c")]);
                works.set(2.5, &[attr("at", "a")]);
                works.set(3.0, &[attr("at", "b")]);
            })
            .unwrap();
        let expected = "# TYPE works_total counter\nworks_total{at=\"a\"} 2.5\nworks_total{at=\"b\"} 3\n";
        assert_eq!(metrics.to_text(), expected);
        assert_eq!(metrics.to_text(), expected, "the one that hangs is not waited for again");
        let failures = FAILURES.with(&AttrLabels(&[attr("family", "hangs")])).value();
        assert_eq!(failures, 2);
        drop(release);
    }
}
