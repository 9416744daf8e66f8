//! The registry of a program's metrics: what is linked, and what is made at run time.

use super::attr_instruments::{AttrCounter, AttrGauge, AttrHistogram, AttrSummary};
use super::collector::{self, Collected, Collector};
use super::duplicates::Duplicates;
use super::error::MetricError;
use super::family::FamilyInfo;
use super::linked_metrics::LinkedMetrics;
use super::overflow::{self, Overflow};
use super::registration::{Registrar, Registration, RegistrationId};
use super::runtime_family::{Named, RuntimeFamily};
use super::scoped_instrument::{self, ScopedInstrument};
use super::source::Source;
use crate::clock::{self, Clock};
use crate::descriptor::MetricKind;
use crate::metric::{Buckets, Histogram, Instrument, cell_space};
use crate::name;
use crate::unwind::IgnorePoison;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard};
use std::time::Instant;

/// A registry of metrics, and the one that [`ops::metrics`](crate::metrics()) gives for what the attributes declare.
///
/// Cheap to clone; clones are the same registry. As an [`Observer`](crate::Observer) it records what is measured through it,
/// and the durations of spans as `<name>_duration_seconds`.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::{Metrics, attr};
///
/// let metrics = Metrics::new();
/// metrics.counter("orders_total").add(2, &[attr("channel", "web")]);
/// metrics.gauge("queue_depth").set(7.0, &[]);
/// assert_eq!(
///     metrics.to_text(),
///     "# TYPE orders_total counter\norders_total{channel=\"web\"} 2\n# TYPE queue_depth gauge\nqueue_depth 7\n"
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    linked: LinkedMetrics,
    /// The clock of `ttl`: whether a series has expired is decided by it, at each scrape.
    clock: Clock,
    // Locked in this order.
    runtime: RwLock<BTreeMap<String, RuntimeFamily>>,
    collectors: RwLock<Vec<Arc<Collector>>>,
    scoped: RwLock<Vec<ScopedInstrument>>,
    overflow: Overflow,
    duplicates: Arc<Duplicates>,
    /// The series limit of families that declare none; set and read by who holds `runtime` for writing.
    default_max_series: Mutex<Option<u32>>,
}

impl Registrar for Inner {
    fn end(&self, id: RegistrationId) {
        let collector = take_out(&self.collectors, |collector| collector.id == id);
        let instrument = take_out(&self.scoped, |instrument| instrument.id == id);
        // Dropped without a lock: it is the user's code, which may end other registrations.
        drop((collector, instrument));
    }
}

/// Takes all that `is_meant` says out of the list.
fn take_out<T>(list: &RwLock<Vec<T>>, is_meant: impl FnMut(&T) -> bool) -> Vec<T> {
    let mut list = list.write().ignore_poison();
    let (out, kept) = std::mem::take(&mut *list).into_iter().partition(is_meant);
    *list = kept;
    out
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// An empty registry: without what is linked into the program.
    pub fn new() -> Self {
        Self::with_linked(LinkedMetrics::default())
    }

    /// Creates a registry that serves `linked`.
    pub fn with_linked(linked: LinkedMetrics) -> Self {
        // What is counted from now on is counted since the start of the process, and not since the first scrape.
        clock::process_start();
        Metrics { inner: Arc::new(Inner { linked, ..Inner::default() }) }
    }

    /// Creates an empty registry whose idle series expire by `clock`.
    #[cfg(test)]
    pub(crate) fn with_clock(clock: Clock) -> Self {
        Metrics { inner: Arc::new(Inner { clock, ..Inner::default() }) }
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Returns the metrics that are linked.
    pub fn linked(&self) -> &LinkedMetrics {
        &self.inner.linked
    }

    /// Sets the largest number of series of each family in this registry that declares no `max_series` of its own:
    /// 2,000 unless this is called.
    ///
    /// It applies to the families that exist and to those that are registered later. Updates past the limit are counted in
    /// the series `ops_overflow="true"` of the family, so that totals stay exact. Series that exist stay; what was counted in
    /// the overflow series stays there, so call this before the program records anything. An item that two registries serve
    /// has the limit that was set last.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::{Metrics, attr};
    ///
    /// let metrics = Metrics::new();
    /// metrics.set_default_max_series(1);
    /// for user in 0..3 {
    ///     metrics.counter("logins_total").add(1, &[attr("user", user)]);
    /// }
    /// assert!(metrics.to_text().contains("\nlogins_total{ops_overflow=\"true\"} 2\n"));
    /// ```
    pub fn set_default_max_series(&self, max_series: u32) {
        // Held throughout, so that a family is either there already or sees the new limit.
        let runtime = self.inner.runtime.write().ignore_poison();
        *self.inner.default_max_series.lock().ignore_poison() = Some(max_series);
        let linked = self.inner.linked.sources().values().flat_map(|(_, sources)| sources);
        for source in linked.chain(runtime.values().map(|family| &family.source)) {
            source.set_default_max_series(max_series);
        }
    }

    /// Sets the buckets of the durations of functions and spans that are served here, in seconds:
    /// [`Buckets::SECONDS`] unless this is called.
    ///
    /// Buckets that a function declares come before those that its package sets with
    /// [`default_duration_buckets!`](crate::default_duration_buckets), and these before this default. The buckets of a function
    /// that was called or read stay as they are, since its observations are in them: call this first in `main`.
    ///
    /// ```standalone_crate
    /// # extern crate ops_core as ops;
    /// use ops::Buckets;
    ///
    /// #[ops::metric(name = "compact")]
    /// fn compact() {}
    ///
    /// ops::metrics().set_default_duration_buckets(Buckets::SECONDS_LONG);
    /// compact();
    /// let text = ops::metrics().to_text();
    /// assert!(text.contains("\ncompact_duration_seconds_bucket{outcome=\"ok\",le=\"3600\"} 1\n"));
    /// ```
    pub fn set_default_duration_buckets(&self, buckets: Buckets) {
        let sources = self.inner.linked.sources().values().flat_map(|(_, sources)| sources);
        sources.for_each(|source| source.set_default_duration_buckets(buckets));
    }

    /// Takes out the family of the whole name `name` that was made at run time; whether there was one.
    pub fn deregister(&self, name: &str) -> bool {
        let removed = self.inner.runtime.write().ignore_poison().remove(name);
        let collectors = take_out(&self.inner.collectors, |collector| collector.info.name == name);
        let mut scoped = self.inner.scoped.write().ignore_poison();
        let instruments =
            scoped.iter_mut().map(|instrument| instrument.remove(name)).filter(|removed| *removed).count();
        drop(scoped);
        removed.is_some() || !collectors.is_empty() || instruments > 0
    }

    /// The counter `name`, made when it is not there. Its name ends in `_total`, whether it is given so or not.
    ///
    /// # Panics
    /// Where [`try_counter`](Metrics::try_counter) gives an error.
    #[track_caller]
    pub fn counter(&self, name: &str) -> AttrCounter {
        self.try_counter(name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The gauge `name`, made when it is not there.
    ///
    /// # Panics
    /// Where [`try_gauge`](Metrics::try_gauge) gives an error.
    #[track_caller]
    pub fn gauge(&self, name: &str) -> AttrGauge {
        self.try_gauge(name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns the summary `name`, and creates it if it does not exist.
    ///
    /// # Panics
    /// Where [`try_summary`](Metrics::try_summary) returns an error.
    ///
    /// # Examples
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::{Metrics, attr};
    ///
    /// let metrics = Metrics::new();
    /// metrics.summary("page_bytes").observe(1_500.0, &[attr("kind", "index")]);
    /// assert!(metrics.to_text().contains("\npage_bytes_sum{kind=\"index\"} 1500\n"));
    /// ```
    #[track_caller]
    pub fn summary(&self, name: &str) -> AttrSummary {
        self.try_summary(name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns the histogram `name` with these buckets, and creates it if it does not exist.
    ///
    /// # Panics
    /// Where [`try_histogram_with_buckets`](Metrics::try_histogram_with_buckets) returns an error.
    ///
    /// # Examples
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::{Buckets, Metrics, attr};
    ///
    /// let metrics = Metrics::new();
    /// let latency = metrics.histogram_with_buckets("latency_seconds", Buckets::SECONDS.and_native());
    /// latency.observe(0.2, &[attr("route", "/orders")]);
    /// assert!(metrics.to_text().contains("\nlatency_seconds_bucket{route=\"/orders\",le=\"0.25\"} 1\n"));
    /// ```
    #[track_caller]
    pub fn histogram_with_buckets(&self, name: &str, buckets: Buckets) -> AttrHistogram {
        self.try_histogram_with_buckets(name, buckets).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns the **summary** `name`: an alias of [`summary`](Metrics::summary), which is the method to use.
    ///
    /// It is kept for code that records through the facade of an [`Observer`](crate::Observer), where a distribution is
    /// called a histogram whatever it is exposed as. [`histogram_with_buckets`](Metrics::histogram_with_buckets) returns a
    /// histogram.
    ///
    /// # Panics
    /// Where [`try_summary`](Metrics::try_summary) returns an error.
    #[track_caller]
    pub fn histogram(&self, name: &str) -> AttrSummary {
        self.summary(name)
    }

    /// The counter `name`, made when it is not there.
    ///
    /// # Errors
    /// When `name` is not a metric name, is of another kind or belongs to an annotated item.
    pub fn try_counter(&self, name: &str) -> Result<AttrCounter, MetricError> {
        match self.named(name, || Named::Counter(Arc::default()))? {
            Named::Counter(counter) => Ok(AttrCounter(counter)),
            other => Err(kind_error(name, other.kind(), MetricKind::Counter)),
        }
    }

    /// The gauge `name`, made when it is not there.
    ///
    /// # Errors
    /// As [`try_counter`](Metrics::try_counter).
    pub fn try_gauge(&self, name: &str) -> Result<AttrGauge, MetricError> {
        match self.named(name, || Named::Gauge(Arc::default()))? {
            Named::Gauge(gauge) => Ok(AttrGauge(gauge)),
            other => Err(kind_error(name, other.kind(), MetricKind::Gauge)),
        }
    }

    /// Returns the histogram `name` with these buckets, and creates it if it does not exist.
    ///
    /// # Errors
    /// As [`try_counter`](Metrics::try_counter); also if `name` exists with other buckets.
    pub fn try_histogram_with_buckets(&self, name: &str, buckets: Buckets) -> Result<AttrHistogram, MetricError> {
        match self.named(name, || Named::Histogram(Arc::new(Histogram::with_buckets(buckets)), buckets))? {
            Named::Histogram(histogram, present) if present == buckets => Ok(AttrHistogram(histogram)),
            Named::Histogram(..) => Err(MetricError::Buckets { name: name.to_owned() }),
            other => Err(kind_error(name, other.kind(), MetricKind::Histogram)),
        }
    }

    /// Returns the **summary** `name`: an alias of [`try_summary`](Metrics::try_summary), which is the method to use.
    ///
    /// # Errors
    /// As [`try_counter`](Metrics::try_counter).
    pub fn try_histogram(&self, name: &str) -> Result<AttrSummary, MetricError> {
        self.try_summary(name)
    }

    /// Returns the summary `name`, and creates it if it does not exist.
    ///
    /// # Errors
    /// As [`try_counter`](Metrics::try_counter).
    pub fn try_summary(&self, name: &str) -> Result<AttrSummary, MetricError> {
        match self.named(name, || Named::Summary(Arc::default()))? {
            Named::Summary(summary) => Ok(AttrSummary(summary)),
            other => Err(kind_error(name, other.kind(), MetricKind::Summary)),
        }
    }

    /// Registers `instrument` as `name` and gives it back: the same types as statics have, made at run time.
    ///
    /// The name gets the unit and `_total` as that of a static does, and `help` is shown in scrapes.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::{Buckets, Histogram, Metrics};
    ///
    /// let metrics = Metrics::new();
    /// let sizes = Histogram::<()>::with_buckets(Buckets::list(&[1.0, 2.0]));
    /// let sizes = metrics.register("page_size", "Size of a page.", Some("bytes"), sizes)?;
    /// sizes.observe(1.5);
    /// assert!(metrics.to_text().contains("page_size_bytes_bucket{le=\"2\"} 1\n"));
    /// # Ok::<(), ops::registry::MetricError>(())
    /// ```
    ///
    /// What an attribute has options for, [`InstrumentOptions`](crate::metric::InstrumentOptions) sets:
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::metric::InstrumentOptions;
    /// use ops::{Counter, Labels, Metrics};
    ///
    /// #[derive(Labels)]
    /// struct User {
    ///     user: u32,
    /// }
    ///
    /// let metrics = Metrics::new();
    /// let logins = Counter::<User>::with_options(InstrumentOptions::new().max_series(1));
    /// let logins = metrics.register("logins", "Logins, by user.", None, logins)?;
    /// (0..3).for_each(|user| logins.with(&User { user }).inc());
    /// assert!(metrics.to_text().contains("\nlogins_total{ops_overflow=\"true\"} 2\n"));
    /// # Ok::<(), ops::registry::MetricError>(())
    /// ```
    ///
    /// # Errors
    /// When `name` is not a metric name, a family that is there has samples of the same name, or an option of the
    /// instrument has no effect.
    pub fn register<I: Instrument + 'static>(
        &self,
        name: &str,
        help: &str,
        unit: Option<&'static str>,
        instrument: I,
    ) -> Result<Arc<I>, MetricError> {
        if name::is_metric_name(name) {
            self.register_utf8(name, help, unit, instrument)
        } else {
            Err(MetricError::InvalidName { name: name.to_owned() })
        }
    }

    /// As [`register`](Metrics::register), under any name that is not empty: for those who want the names of
    /// OpenTelemetry.
    ///
    /// A scraper that asks for `escaping=allow-utf-8`, as Prometheus does from version 3 on, is shown the name in quotes;
    /// others are shown it as the [`Escaping`](crate::name::Escaping) that they ask for writes it, so that **the name of
    /// the series depends on the scraper**. That is why it takes a method of its own.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::exposition::{Escaping, Exposition, Format};
    /// use ops::{Counter, Metrics};
    ///
    /// let metrics = Metrics::new();
    /// metrics.register_utf8("http.requests", "", None, Counter::<()>::new())?.inc();
    ///
    /// let shown = |format, escaping| {
    ///     let mut bytes = Vec::new();
    ///     Exposition::new(format).escaping(escaping).write(&metrics.snapshot(), &mut bytes).unwrap();
    ///     String::from_utf8(bytes).unwrap()
    /// };
    /// let quoted = shown(Format::Text_1_0_0, Escaping::AllowUtf8);
    /// assert_eq!(quoted, "# TYPE \"http.requests_total\" counter\n{\"http.requests_total\"} 1\n");
    /// let plain = shown(Format::Text_0_0_4, Escaping::Underscores);
    /// assert_eq!(plain, "# TYPE http_requests_total counter\nhttp_requests_total 1\n");
    /// # Ok::<(), ops::registry::MetricError>(())
    /// ```
    ///
    /// # Errors
    /// As [`register`](Metrics::register), but that only an empty name is none; a family that is there may have samples of
    /// the same name by any of the schemes.
    pub fn register_utf8<I: Instrument + 'static>(
        &self,
        name: &str,
        help: &str,
        unit: Option<&'static str>,
        instrument: I,
    ) -> Result<Arc<I>, MetricError> {
        check_instrument(name, &instrument)?;
        let instrument = Arc::new(instrument);
        let parts = instrument.parts().into_iter().enumerate();
        let families = parts.map(|(at, part)| {
            let info = FamilyInfo::made(name, help, unit, part);
            RuntimeFamily::of(info, instrument.clone(), at)
        });
        self.add_runtime(name, families.collect())?;
        Ok(instrument)
    }

    /// Registers `instrument` as `name` until the registration is dropped, in place of an earlier one that was registered so.
    ///
    /// The last one that is registered is served: a server, pool or runtime that replaces another one registers its metrics
    /// before the other is gone. When its registration is dropped, the one before it is served again, if there still is one.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::{Gauge, Metrics};
    ///
    /// let metrics = Metrics::new();
    /// let workers = |number: f64| {
    ///     let workers = Gauge::<()>::new();
    ///     workers.set(number);
    ///     metrics.register_scoped("workers", "", None, workers)
    /// };
    /// let first = workers(4.0)?;
    /// let second = workers(8.0)?;
    /// assert_eq!(metrics.to_text(), "# TYPE workers gauge\nworkers 8\n");
    /// drop((first, second));
    /// assert_eq!(metrics.to_text(), "");
    /// # Ok::<(), ops::registry::MetricError>(())
    /// ```
    ///
    /// # Errors
    /// As [`register`](Metrics::register), and when the earlier one has another kind, other labels or another help text.
    pub fn register_scoped<I: Instrument + 'static>(
        &self,
        name: &str,
        help: &str,
        unit: Option<&'static str>,
        instrument: I,
    ) -> Result<Registration, MetricError> {
        if !name::is_metric_name(name) {
            return Err(MetricError::InvalidName { name: name.to_owned() });
        }
        check_instrument(name, &instrument)?;
        let instrument: Arc<dyn Instrument> = Arc::new(instrument);
        let new = ScopedInstrument::new(name, help, unit, &instrument);
        let runtime = self.runtime();
        let collectors = self.collectors();
        let mut scoped = self.inner.scoped.write().ignore_poison();
        for info in new.infos() {
            check_alone(info)?;
            let earlier = scoped.iter().flat_map(ScopedInstrument::infos);
            let (same, others): (Vec<_>, Vec<_>) = earlier.partition(|earlier| earlier.name == info.name);
            if let Some(same) = same.into_iter().find(|same| **same != *info) {
                return Err(conflict(same, info));
            }
            let runtime = runtime.values().map(|family| &family.info);
            let collectors = collectors.iter().map(|collector| &collector.info);
            self.check_new(info, runtime.chain(collectors).chain(others))?;
        }
        let id = new.id;
        scoped.push(new);
        Ok(self.registration(id))
    }

    fn registration(&self, id: RegistrationId) -> Registration {
        let registrar: Arc<dyn Registrar> = self.inner.clone();
        Registration::new(Arc::downgrade(&registrar), id)
    }

    fn named(&self, name: &str, make: impl FnOnce() -> Named) -> Result<Named, MetricError> {
        let present = || {
            let runtime = self.runtime();
            let family = runtime.get(name).or_else(|| runtime.get(&format!("{name}_total")))?;
            family.named.clone()
        };
        if let Some(named) = present() {
            return Ok(named);
        }
        if !name::is_metric_name(name) {
            return Err(MetricError::InvalidName { name: name.to_owned() });
        }
        let named = make();
        match self.add_runtime(name, vec![RuntimeFamily::named(name, named.clone())]) {
            Ok(()) => Ok(named),
            // Another thread may have made it meanwhile.
            Err(error) => present().ok_or(error),
        }
    }

    /// Fills the counter `name` by `callback` at each scrape until the registration is dropped: for totals that are held
    /// elsewhere. Its name ends in `_total`, whether it is given so or not. Otherwise as [`collect_gauge`](Metrics::collect_gauge).
    ///
    /// # Errors
    /// As [`collect_gauge`](Metrics::collect_gauge).
    pub fn collect_counter(
        &self,
        name: &str,
        help: &str,
        callback: impl Fn(&mut Collected) + Send + Sync + 'static,
    ) -> Result<Registration, MetricError> {
        self.add_collector(Collector::new(name, help, MetricKind::Counter, callback))
    }

    /// Fills the gauge `name` by `callback` at each scrape until the registration is dropped: for levels that are held elsewhere.
    ///
    /// What the callback holds lives as long as the registration: keep that beside what it is about, or call
    /// [`forever`](Registration::forever).
    ///
    /// Several callbacks may fill one family, as those of two pools do, whose series a label tells apart. Of two levels with the
    /// same labels that of the callback that was registered last is shown, and the other is counted in `ops_metric_errors_total`
    /// as `duplicate`; counters of the same labels are added up.
    ///
    /// Callbacks run on threads of their own, all at once; scrapes that come meanwhile share the run. One that panics, or
    /// takes longer than a scrape waits (a second, unless [`snapshot_within`](Metrics::snapshot_within) says otherwise),
    /// leaves its family out of the scrape and is counted in `ops_collector_failures_total`. One that hangs is neither
    /// started nor waited for again.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::{Metrics, attr};
    ///
    /// let metrics = Metrics::new();
    /// let registration = metrics.collect_gauge("pool_connections", "Connections of the pool.", |pool| {
    ///     pool.set(3.0, &[attr("pool", "orders"), attr("state", "idle")]);
    ///     pool.set(5.0, &[attr("pool", "orders"), attr("state", "busy")]);
    /// })?;
    /// assert!(metrics.to_text().contains("pool_connections{pool=\"orders\",state=\"busy\"} 5\n"));
    /// drop(registration);
    /// assert_eq!(metrics.to_text(), "");
    /// # Ok::<(), ops::registry::MetricError>(())
    /// ```
    ///
    /// # Errors
    /// As [`register`](Metrics::register), and when callbacks fill the family already with another kind or help text.
    pub fn collect_gauge(
        &self,
        name: &str,
        help: &str,
        callback: impl Fn(&mut Collected) + Send + Sync + 'static,
    ) -> Result<Registration, MetricError> {
        self.add_collector(Collector::new(name, help, MetricKind::Gauge, callback))
    }

    /// The families that there are `now`, by name, and what fills each. Runs the collectors, and waits for them until
    /// `deadline`.
    pub(crate) fn families(&self, now: Instant, deadline: Instant) -> Vec<(FamilyInfo, Vec<Source>)> {
        let linked = self.inner.linked.sources().values().cloned();
        let runtime =
            self.runtime().values().map(|family| (family.info.clone(), vec![family.source.clone()])).collect();
        let scoped = scoped_instrument::families(&self.inner.scoped.read().ignore_poison());
        let collected = collector::collect(&self.collectors(), deadline);
        let mut families: Vec<_> = linked.chain::<Vec<_>>(runtime).chain(scoped).chain(collected).collect();
        self.inner.duplicates.report_functions(self.inner.linked.duplicate_functions());
        families.extend(self.inner.overflow.family(&families, now));
        families.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        families
    }

    pub(crate) fn duplicates(&self) -> &Arc<Duplicates> {
        &self.inner.duplicates
    }

    pub(super) fn collectors(&self) -> Vec<Arc<Collector>> {
        self.inner.collectors.read().ignore_poison().clone()
    }

    pub(super) fn runtime(&self) -> RwLockReadGuard<'_, BTreeMap<String, RuntimeFamily>> {
        self.inner.runtime.read().ignore_poison()
    }

    /// Adds these families of the instrument `name`, all or none.
    pub(super) fn add_runtime(&self, name: &str, families: Vec<RuntimeFamily>) -> Result<(), MetricError> {
        if name.is_empty() {
            return Err(MetricError::InvalidName { name: String::new() });
        }
        let mut runtime = self.inner.runtime.write().ignore_poison();
        let collectors = self.collectors();
        let scoped = self.inner.scoped.read().ignore_poison();
        for family in &families {
            check_alone(&family.info)?;
            let others = runtime.values().map(|family| &family.info);
            let others = others.chain(collectors.iter().map(|collector| &collector.info));
            self.check_new(&family.info, others.chain(scoped.iter().flat_map(ScopedInstrument::infos)))?;
        }
        if let Some(max_series) = *self.inner.default_max_series.lock().ignore_poison() {
            families.iter().for_each(|family| family.source.set_default_max_series(max_series));
        }
        runtime.extend(families.into_iter().map(|family| (family.info.name.clone(), family)));
        Ok(())
    }

    /// Adds a collector, to the others of its family if there are some.
    pub(super) fn add_collector(&self, collector: Collector) -> Result<Registration, MetricError> {
        if !name::is_metric_name(&collector.info.name) {
            return Err(MetricError::InvalidName { name: collector.info.name });
        }
        let runtime = self.runtime();
        let mut collectors = self.inner.collectors.write().ignore_poison();
        let scoped = self.inner.scoped.read().ignore_poison();
        let infos = collectors.iter().map(|collector| &collector.info);
        let (same, others): (Vec<_>, Vec<_>) = infos.partition(|info| info.name == collector.info.name);
        if let Some(same) = same.into_iter().find(|same| **same != collector.info) {
            return Err(conflict(same, &collector.info));
        }
        let runtime = runtime.values().map(|family| &family.info);
        let scoped = scoped.iter().flat_map(ScopedInstrument::infos);
        self.check_new(&collector.info, runtime.chain(scoped).chain(others))?;
        let id = collector.id;
        collectors.push(Arc::new(collector));
        Ok(self.registration(id))
    }

    fn check_new<'a>(
        &'a self,
        new: &FamilyInfo,
        others: impl Iterator<Item = &'a FamilyInfo>,
    ) -> Result<(), MetricError> {
        let name = new.name.clone();
        let own = overflow::info();
        let clashes = |other: &&FamilyInfo| other.clash(new).is_some();
        let other = self.inner.linked.families().chain(others).find(clashes);
        match other.or_else(|| Some(&own).filter(clashes)) {
            None => Ok(()),
            Some(FamilyInfo { name: other, kind, location: Some(location), .. }) if *other == name => {
                Err(MetricError::Declared { name, is: *kind, location: *location })
            }
            Some(other) => Err(MetricError::Taken { name, family: other.name.clone() }),
        }
    }
}

/// Checks what an instrument declares beside its families.
fn check_instrument(name: &str, instrument: &impl Instrument) -> Result<(), MetricError> {
    if let Some(option) = instrument.unused_option() {
        return Err(MetricError::UnusedOption { name: name.to_owned(), option });
    }
    let (bytes, space) = (instrument.static_bytes(), cell_space());
    let available = space.max_bytes.saturating_sub(space.used_bytes);
    if bytes > available {
        return Err(MetricError::CellSpace { name: name.to_owned(), bytes, available });
    }
    Ok(())
}

/// Checks what a family declares by itself.
fn check_alone(info: &FamilyInfo) -> Result<(), MetricError> {
    let name = || info.name.clone();
    match info.repeated_label() {
        Some(label) => Err(MetricError::RepeatedLabel { name: name(), label }),
        None if info.misnames_states() => Err(MetricError::StateSetName { name: name() }),
        None => Ok(()),
    }
}

/// Returns why a family cannot be shared by what declares it as `is` and what declares it as `wanted`.
fn conflict(is: &FamilyInfo, wanted: &FamilyInfo) -> MetricError {
    let name = wanted.name.clone();
    if is.kind != wanted.kind {
        return kind_error(&name, is.kind, wanted.kind);
    }
    if is.help != wanted.help {
        return MetricError::Help { name, help: is.help.clone() };
    }
    MetricError::Taken { family: name.clone(), name }
}

fn kind_error(name: &str, is: MetricKind, wanted: MetricKind) -> MetricError {
    MetricError::Kind { name: name.to_owned(), is, wanted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{AttrLabels, Counter, Gauge, Histogram, InstrumentOptions, StateSet, attr};

    #[test]
    fn errors_say_what_to_do() {
        let metrics = Metrics::new();
        metrics.counter("orders_total");
        assert_eq!(
            metrics.try_gauge("orders_total").unwrap_err().to_string(),
            "`orders_total` is a counter already, not a gauge: choose another name"
        );
        assert_eq!(
            metrics.try_counter("9lives").unwrap_err().to_string(),
            "`9lives` is not a metric name: use letters, digits, `_` and `:` only, and do not start with a digit"
        );
        assert_eq!(
            metrics.try_gauge("orders").unwrap_err().to_string(),
            "`orders` is a counter already, not a gauge: choose another name"
        );
        metrics.register("size", "", None, Histogram::<()>::new()).unwrap();
        assert_eq!(
            metrics.try_gauge("size_count").unwrap_err().to_string(),
            "`size_count` and `size`, which is there already, have samples of one name: choose another"
        );
        let error = metrics.collect_gauge("ops_metric_overflow", "", |_| {}).unwrap_err().to_string();
        assert!(error.starts_with("`ops_metric_overflow` and `ops_metric_overflow_total`, "), "{error}");
    }

    #[test]
    fn default_max_series_applies_to_families_before_and_after_it_and_not_to_other_registries() {
        let (metrics, other) = (Metrics::new(), Metrics::new());
        let before = metrics.register("before", "", None, Counter::<AttrLabels<'_>>::new()).unwrap();
        let own = Counter::<AttrLabels<'_>>::with_options(InstrumentOptions::new().max_series(2));
        let own = metrics.register("own", "", None, own).unwrap();
        metrics.set_default_max_series(1);
        for user in 0..3 {
            let attrs = [attr("user", user)];
            before.with(&AttrLabels(&attrs)).inc();
            own.with(&AttrLabels(&attrs)).inc();
            metrics.counter("after").add(1, &attrs);
            other.counter("other").add(1, &attrs);
        }
        let text = metrics.to_text();
        for line in [
            "before_total{ops_overflow=\"true\"} 2",
            "own_total{ops_overflow=\"true\"} 1",
            "after_total{ops_overflow=\"true\"} 2",
        ] {
            assert!(text.contains(line), "missing {line} in\n{text}");
        }
        assert!(!other.to_text().contains("ops_overflow"));
    }

    #[test]
    fn a_histogram_asked_for_by_name_has_its_buckets_and_only_those() {
        let metrics = Metrics::new();
        let sizes = Buckets::list(&[1.0, 2.0]);
        metrics.histogram_with_buckets("size", sizes).observe(1.5, &[]);
        metrics.histogram_with_buckets("size", sizes).observe(3.0, &[]);
        let expected = "# TYPE size histogram\nsize_bucket{le=\"1\"} 0\nsize_bucket{le=\"2\"} 1\n\
                        size_bucket{le=\"+Inf\"} 2\nsize_sum 4.5\nsize_count 2\n";
        assert_eq!(metrics.to_text(), expected);
        let others = metrics.try_histogram_with_buckets("size", Buckets::SECONDS).unwrap_err();
        assert_eq!(others, MetricError::Buckets { name: "size".to_owned() });
        let summary = metrics.try_summary("size").unwrap_err().to_string();
        assert_eq!(summary, "`size` is a histogram already, not a summary: choose another name");
        metrics.summary("wait").observe(1.0, &[]);
        metrics.histogram("wait").observe(2.0, &[]);
        assert!(metrics.to_text().contains("# TYPE wait summary\nwait_sum 3\nwait_count 2\n"), "one and the same");
    }

    #[test]
    fn what_is_counted_is_counted_since_before_the_registry_was_made() {
        let metrics = Metrics::new();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        assert!(metrics.snapshot().created() <= now);
    }

    #[test]
    fn a_counter_ends_in_total_in_every_format_however_it_is_asked_for() {
        let metrics = Metrics::new();
        metrics.counter("orders").add(1, &[]);
        metrics.counter("orders_total").add(2, &[]);
        metrics.collect_counter("reads", "", |reads| reads.set(4.0, &[])).unwrap().forever();
        assert_eq!(
            metrics.to_text(),
            "# TYPE orders_total counter\norders_total 3\n# TYPE reads_total counter\nreads_total 4\n"
        );
        assert!(metrics.try_counter("reads").is_err(), "a callback fills it");
        assert!(metrics.deregister("reads_total"));
    }

    #[test]
    fn any_name_may_be_registered_by_those_who_ask_for_it_and_clashes_by_each_of_its_spellings() {
        let metrics = Metrics::new();
        let counter = || Counter::<()>::new();
        assert!(metrics.register("http.requests", "", None, counter()).is_err());
        assert!(metrics.register_utf8("", "", None, counter()).is_err());
        metrics.register_utf8("http.requests", "", None, counter()).unwrap();
        for taken in ["http.requests", "http_requests", "http_dot_requests_", "U__http_2e_requests_"] {
            assert!(metrics.register_utf8(taken, "", None, counter()).is_err(), "{taken}");
        }
        metrics.register_utf8("http.requests.sent", "", None, counter()).unwrap();
        assert!(metrics.deregister("http.requests_total"));
    }

    #[test]
    fn an_instrument_is_registered_under_its_whole_name_and_taken_out_again() {
        let metrics = Metrics::new();
        let jobs = metrics.register("jobs", "Jobs run.", None, Counter::<()>::new()).unwrap();
        jobs.add(2);
        assert_eq!(metrics.to_text(), "# HELP jobs_total Jobs run.\n# TYPE jobs_total counter\njobs_total 2\n");
        assert_eq!(
            metrics.register("jobs", "", None, Counter::<()>::new()).unwrap_err().to_string(),
            "`jobs_total` is there already: choose another name, or take the first one out"
        );
        assert!(metrics.deregister("jobs_total") && !metrics.deregister("jobs_total"));
        assert_eq!(metrics.to_text(), "");
    }

    #[test]
    fn a_state_set_that_would_spoil_a_scrape_is_refused() {
        #[derive(ops_core::LabelValue)]
        enum Mode {
            On,
        }
        let metrics = Metrics::new();
        assert_eq!(
            metrics.register("shop:mode", "", None, StateSet::<Mode>::new()).unwrap_err().to_string(),
            "`shop:mode` is also the name of the label of its states, which has no `:` and does not start with `__`: \
             choose another name"
        );
        #[derive(ops_core::Labels)]
        struct Shop {
            shop: u8,
        }
        let labelled = StateSet::<Mode, Shop>::new();
        assert_eq!(
            metrics.register("shop", "", None, labelled).unwrap_err().to_string(),
            "`shop` has the label `shop` twice: rename one with `#[label(rename)]`"
        );
        for refused in ["__mode", "shop.mode:now", "\u{e9}"] {
            assert!(metrics.register_utf8(refused, "", None, StateSet::<Mode>::new()).is_err(), "{refused}");
        }
        metrics.register_utf8("shop.mode", "", None, StateSet::<Mode>::new()).unwrap().set(Mode::On);
    }

    #[test]
    fn series_of_what_was_made_by_name_are_taken_out_by_their_labels() {
        let metrics = Metrics::new();
        let (sold, stock) = (metrics.counter("sold_total"), metrics.gauge("stock"));
        let (tea, milk) = ([attr("item", "tea")], [attr("item", "milk")]);
        for item in [&tea, &milk] {
            sold.add(1, item);
            stock.set(7.0, item);
        }
        assert!(sold.remove(&tea) && stock.remove(&tea) && !stock.remove(&tea));
        assert_eq!(
            metrics.to_text(),
            "# TYPE sold_total counter\nsold_total{item=\"milk\"} 1\n# TYPE stock gauge\nstock{item=\"milk\"} 7\n"
        );
    }

    #[test]
    fn rejects_an_option_without_effect() {
        let bounded = Counter::<()>::with_options(InstrumentOptions::new().max_series(3));
        assert_eq!(
            Metrics::new().register("jobs", "", None, bounded).unwrap_err().to_string(),
            "`max_series` of `jobs` has no effect: its label set is static, so all its series exist from the start; remove \
             the option"
        );
    }

    #[test]
    fn samples_of_one_name_are_refused() {
        let metrics = Metrics::new();
        metrics.register("size", "", None, Histogram::<()>::new()).unwrap();
        assert!(metrics.register("size_count", "", None, Gauge::<()>::new()).is_err());
        assert!(metrics.register("size_bytes", "", None, Gauge::<()>::new()).is_ok());
        assert!(metrics.register("size", "", Some("bytes"), Counter::<()>::new()).is_err());
    }

    #[test]
    fn what_is_past_the_limit_is_counted_together_and_said() {
        let metrics = Metrics::new();
        for user in 0..2_010 {
            metrics.counter("logins_total").add(1, &[attr("user", user)]);
        }
        let text = metrics.to_text();
        assert_eq!(text.matches("logins_total{user=").count(), 2_000);
        assert!(text.contains("logins_total{ops_overflow=\"true\"} 10\n"));
        assert!(text.contains("ops_metric_overflow_total{family=\"logins_total\"} 10\n"));
    }

    fn workers(metrics: &Metrics, number: f64) -> Registration {
        let workers = Gauge::<()>::new();
        workers.set(number);
        metrics.register_scoped("workers", "Workers.", None, workers).unwrap()
    }

    #[test]
    fn last_scoped_instrument_is_served_and_then_the_one_before_it() {
        let metrics = Metrics::new();
        let shown = |number: f64| format!("# HELP workers Workers.\n# TYPE workers gauge\nworkers {number}\n");
        let (first, second, third) = (workers(&metrics, 1.0), workers(&metrics, 2.0), workers(&metrics, 3.0));
        assert_eq!(metrics.to_text(), shown(3.0));
        drop(second);
        assert_eq!(metrics.to_text(), shown(3.0), "an earlier one changes nothing when it goes");
        drop(third);
        assert_eq!(metrics.to_text(), shown(1.0));
        drop(first);
        assert_eq!(metrics.to_text(), "");
        let _again = workers(&metrics, 4.0);
        assert!(metrics.deregister("workers") && !metrics.deregister("workers"));
        assert!(metrics.register("workers", "", None, Gauge::<()>::new()).is_ok(), "the name is free");
    }

    #[test]
    fn scoped_instrument_takes_no_name_of_another_kind_of_registration() {
        let metrics = Metrics::new();
        let _workers = workers(&metrics, 1.0);
        assert!(metrics.register("workers", "", None, Gauge::<()>::new()).is_err());
        assert!(metrics.try_gauge("workers").is_err());
        assert!(metrics.collect_gauge("workers", "Workers.", |_| {}).is_err());
        metrics.gauge("depth").set(1.0, &[]);
        assert!(metrics.register_scoped("depth", "", None, Gauge::<()>::new()).is_err());
        assert_eq!(
            metrics.register_scoped("workers", "Other.", None, Gauge::<()>::new()).unwrap_err().to_string(),
            "cannot register `workers`: it exists with the help \"Workers.\"; use the same help, or another name"
        );
    }
}
