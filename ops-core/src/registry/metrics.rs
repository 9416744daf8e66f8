//! The metrics registry: linked metrics, and metrics registered at run time.

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

/// A registry of metrics.
///
/// [`ops::metrics`](crate::metrics()) returns the global registry, which also contains the metrics declared by attributes.
/// Clones are cheap and share one registry. As an [`Observer`](crate::Observer), a registry records the measurements made
/// through it, and the durations of spans as `<name>_duration_seconds`.
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
    /// The clock by which series expire after their `ttl`, at each scrape.
    clock: Clock,
    // Lock order: `runtime`, `collectors`, `scoped`.
    runtime: RwLock<BTreeMap<String, RuntimeFamily>>,
    collectors: RwLock<Vec<Arc<Collector>>>,
    scoped: RwLock<Vec<ScopedInstrument>>,
    overflow: Overflow,
    duplicates: Arc<Duplicates>,
    /// The series limit of families that declare none; accessed only with the write lock of `runtime`.
    default_max_series: Mutex<Option<u32>>,
}

impl Registrar for Inner {
    fn end(&self, id: RegistrationId) {
        let collector = drain_where(&self.collectors, |collector| collector.id == id);
        let instrument = drain_where(&self.scoped, |instrument| instrument.id == id);
        // Drop them without holding a lock: this runs user code, which may drop other registrations.
        drop((collector, instrument));
    }
}

/// Removes and returns the elements of `list` that match `predicate`.
fn drain_where<T>(list: &RwLock<Vec<T>>, predicate: impl FnMut(&T) -> bool) -> Vec<T> {
    let mut list = list.write().ignore_poison();
    let (removed, kept) = std::mem::take(&mut *list).into_iter().partition(predicate);
    *list = kept;
    removed
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Creates an empty registry, without the metrics linked into the program.
    pub fn new() -> Self {
        Self::with_linked(LinkedMetrics::default())
    }

    /// Creates a registry that serves `linked`.
    pub fn with_linked(linked: LinkedMetrics) -> Self {
        // Capture the creation time of all series now, not at the first scrape.
        clock::process_start();
        Metrics { inner: Arc::new(Inner { linked, ..Inner::default() }) }
    }

    /// Creates an empty registry that expires idle series by `clock`.
    #[cfg(test)]
    pub(crate) fn with_clock(clock: Clock) -> Self {
        Metrics { inner: Arc::new(Inner { clock, ..Inner::default() }) }
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Returns the linked metrics of this registry.
    pub fn linked(&self) -> &LinkedMetrics {
        &self.inner.linked
    }

    /// Sets the default `max_series` of the families in this registry, initially 2,000.
    ///
    /// It applies to existing and future families, except those that declare `max_series`. Updates beyond
    /// the limit are counted in the series `ops_overflow="true"` of the family, so that totals stay exact. Existing series are
    /// kept, and values already counted in the overflow series stay there, so call this before recording anything. An
    /// instrument in several registries has the limit that was set last.
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
        // Held throughout, so that every family either exists here or is registered with the new limit.
        let runtime = self.inner.runtime.write().ignore_poison();
        *self.inner.default_max_series.lock().ignore_poison() = Some(max_series);
        let linked = self.inner.linked.sources().values().flat_map(|(_, sources)| sources);
        for source in linked.chain(runtime.values().map(|family| &family.source)) {
            source.set_default_max_series(max_series);
        }
    }

    /// Sets the default duration buckets of linked functions and spans, in seconds.
    ///
    /// The initial default is [`Buckets::SECONDS`]. Buckets declared by a function take precedence over those of its package
    /// ([`default_duration_buckets!`](crate::default_duration_buckets)), which take precedence over this default. The buckets
    /// of a function that was called or scraped before are fixed, so call this first in `main`.
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

    /// Removes the family with the full name `name` that was registered at run time.
    ///
    /// Returns `true` if it existed.
    pub fn deregister(&self, name: &str) -> bool {
        let removed = self.inner.runtime.write().ignore_poison().remove(name);
        let collectors = drain_where(&self.inner.collectors, |collector| collector.info.name == name);
        let mut scoped = self.inner.scoped.write().ignore_poison();
        let instruments =
            scoped.iter_mut().map(|instrument| instrument.remove(name)).filter(|removed| *removed).count();
        drop(scoped);
        removed.is_some() || !collectors.is_empty() || instruments > 0
    }

    /// Returns the counter `name`, creating it if it does not exist.
    ///
    /// The suffix `_total` is appended to the name if it is missing.
    ///
    /// # Panics
    /// Panics if [`try_counter`](Metrics::try_counter) returns an error.
    #[track_caller]
    pub fn counter(&self, name: &str) -> AttrCounter {
        self.try_counter(name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns the gauge `name`, creating it if it does not exist.
    ///
    /// # Panics
    /// Panics if [`try_gauge`](Metrics::try_gauge) returns an error.
    #[track_caller]
    pub fn gauge(&self, name: &str) -> AttrGauge {
        self.try_gauge(name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns the summary `name`, creating it if it does not exist.
    ///
    /// # Panics
    /// Panics if [`try_summary`](Metrics::try_summary) returns an error.
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

    /// Returns the histogram `name` with these buckets, creating it if it does not exist.
    ///
    /// # Panics
    /// Panics if [`try_histogram_with_buckets`](Metrics::try_histogram_with_buckets) returns an error.
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

    /// Returns the **summary** `name`; alias of [`summary`](Metrics::summary), which is preferred.
    ///
    /// It exists for code written against [`Observer`](crate::Observer), which calls every distribution a histogram.
    /// [`histogram_with_buckets`](Metrics::histogram_with_buckets) returns a histogram.
    ///
    /// # Panics
    /// Panics if [`try_summary`](Metrics::try_summary) returns an error.
    #[track_caller]
    pub fn histogram(&self, name: &str) -> AttrSummary {
        self.summary(name)
    }

    /// Returns the counter `name`, creating it if it does not exist.
    ///
    /// # Errors
    /// Returns an error if `name` is invalid, exists as another kind, is declared by an annotated item, or collides with the
    /// samples of another family.
    pub fn try_counter(&self, name: &str) -> Result<AttrCounter, MetricError> {
        match self.named(name, || Named::Counter(Arc::default()))? {
            Named::Counter(counter) => Ok(AttrCounter(counter)),
            other => Err(kind_error(name, other.kind(), MetricKind::Counter)),
        }
    }

    /// Returns the gauge `name`, creating it if it does not exist.
    ///
    /// # Errors
    /// Same as [`try_counter`](Metrics::try_counter).
    pub fn try_gauge(&self, name: &str) -> Result<AttrGauge, MetricError> {
        match self.named(name, || Named::Gauge(Arc::default()))? {
            Named::Gauge(gauge) => Ok(AttrGauge(gauge)),
            other => Err(kind_error(name, other.kind(), MetricKind::Gauge)),
        }
    }

    /// Returns the histogram `name` with these buckets, creating it if it does not exist.
    ///
    /// # Errors
    /// Same as [`try_counter`](Metrics::try_counter); also if `name` exists with other buckets.
    pub fn try_histogram_with_buckets(&self, name: &str, buckets: Buckets) -> Result<AttrHistogram, MetricError> {
        match self.named(name, || Named::Histogram(Arc::new(Histogram::with_buckets(buckets)), buckets))? {
            Named::Histogram(histogram, existing) if existing == buckets => Ok(AttrHistogram(histogram)),
            Named::Histogram(..) => Err(MetricError::Buckets { name: name.to_owned() }),
            other => Err(kind_error(name, other.kind(), MetricKind::Histogram)),
        }
    }

    /// Returns the **summary** `name`; alias of [`try_summary`](Metrics::try_summary), which is preferred.
    ///
    /// # Errors
    /// Same as [`try_counter`](Metrics::try_counter).
    pub fn try_histogram(&self, name: &str) -> Result<AttrSummary, MetricError> {
        self.try_summary(name)
    }

    /// Returns the summary `name`, creating it if it does not exist.
    ///
    /// # Errors
    /// Same as [`try_counter`](Metrics::try_counter).
    pub fn try_summary(&self, name: &str) -> Result<AttrSummary, MetricError> {
        match self.named(name, || Named::Summary(Arc::default()))? {
            Named::Summary(summary) => Ok(AttrSummary(summary)),
            other => Err(kind_error(name, other.kind(), MetricKind::Summary)),
        }
    }

    /// Registers an instrument at run time and returns it.
    ///
    /// Instruments have the same types as statics, and the unit and `_total` are appended to `name` in the same way.
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
    /// [`InstrumentOptions`](crate::metric::InstrumentOptions) sets the options that an attribute has for a static:
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
    /// Returns an error if `name` or the labels are invalid, an existing family has samples of the same name, an option of the
    /// instrument has no effect, or its static label set does not fit in the cell space.
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

    /// Registers an instrument under a UTF-8 name, such as an OpenTelemetry name.
    ///
    /// Any non-empty name is valid. Scrapers that request `escaping=allow-utf-8`, as Prometheus 3 does, receive the name in
    /// quotes; others receive it in the [`Escaping`](crate::name::Escaping) scheme they request, so **the series name depends
    /// on the scraper**. This is therefore a separate method; otherwise it behaves like [`register`](Metrics::register).
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
    /// Same as [`register`](Metrics::register), but only an empty name is invalid, and names collide if they are equal in any
    /// escaping scheme.
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
            let info = FamilyInfo::at_run_time(name, help, unit, part);
            RuntimeFamily::of(info, instrument.clone(), at)
        });
        self.add_runtime(name, families.collect())?;
        Ok(instrument)
    }

    /// Registers `instrument` as `name` until the returned [`Registration`] is dropped.
    ///
    /// Several scoped instruments may have the same name, and the latest is served: a server, pool or runtime that replaces
    /// another one can register its metrics before the old one is dropped. When the latest registration is dropped, the
    /// previous one is served again.
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
    /// Same as [`register`](Metrics::register); also if an earlier scoped instrument has another kind, unit, help text or labels.
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
            check_family(info)?;
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

    /// Returns the instrument `name`, created by `make` if it does not exist.
    fn named(&self, name: &str, make: impl FnOnce() -> Named) -> Result<Named, MetricError> {
        let existing = || {
            let runtime = self.runtime();
            let family = runtime.get(name).or_else(|| runtime.get(&format!("{name}_total")))?;
            family.named.clone()
        };
        if let Some(named) = existing() {
            return Ok(named);
        }
        if !name::is_metric_name(name) {
            return Err(MetricError::InvalidName { name: name.to_owned() });
        }
        let named = make();
        match self.add_runtime(name, vec![RuntimeFamily::named(name, named.clone())]) {
            Ok(()) => Ok(named),
            // Another thread may have created it concurrently.
            Err(error) => existing().ok_or(error),
        }
    }

    /// Registers a callback that supplies the series of the counter `name` at each scrape.
    ///
    /// The suffix `_total` is appended to the name if it is missing. Otherwise this is like
    /// [`collect_gauge`](Metrics::collect_gauge).
    ///
    /// # Errors
    /// Same as [`collect_gauge`](Metrics::collect_gauge).
    pub fn collect_counter(
        &self,
        name: &str,
        help: &str,
        callback: impl Fn(&mut Collected) + Send + Sync + 'static,
    ) -> Result<Registration, MetricError> {
        self.add_collector(Collector::new(name, help, MetricKind::Counter, callback))
    }

    /// Registers a callback that supplies the series of the gauge `name` at each scrape.
    ///
    /// The callback is dropped with the returned [`Registration`]: keep it next to the measured object, or call
    /// [`forever`](Registration::forever).
    ///
    /// Several callbacks may supply series of one family, such as those of two pools, which a label distinguishes. If gauges
    /// have equal labels, the one of the latest registration is exposed, and the others are counted in
    /// `ops_metric_errors_total` as `duplicate`; counters with equal labels are summed.
    ///
    /// Each callback runs on its own thread, and concurrent scrapes share a run. A callback that panics, or exceeds the time
    /// limit of the scrape (1 s, or the argument of [`snapshot_within`](Metrics::snapshot_within)), is skipped in that scrape
    /// and counted in `ops_collector_failures_total`. While a callback hangs, it is neither started nor waited for again.
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
    /// Same as [`register`](Metrics::register); also if other callbacks of the family have another kind or help text.
    pub fn collect_gauge(
        &self,
        name: &str,
        help: &str,
        callback: impl Fn(&mut Collected) + Send + Sync + 'static,
    ) -> Result<Registration, MetricError> {
        self.add_collector(Collector::new(name, help, MetricKind::Gauge, callback))
    }

    /// Returns the families at `now`, sorted by name, with their sources.
    ///
    /// Runs the collectors and waits for them until `deadline`.
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

    /// Adds the families of the instrument `name`, all or none.
    pub(super) fn add_runtime(&self, name: &str, families: Vec<RuntimeFamily>) -> Result<(), MetricError> {
        if name.is_empty() {
            return Err(MetricError::InvalidName { name: String::new() });
        }
        let mut runtime = self.inner.runtime.write().ignore_poison();
        let collectors = self.collectors();
        let scoped = self.inner.scoped.read().ignore_poison();
        for family in &families {
            check_family(&family.info)?;
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

    /// Adds a collector, which may share its family with others.
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

    /// Checks that neither `others` nor the linked families have a name in common with `new`.
    fn check_new<'a>(
        &'a self,
        new: &FamilyInfo,
        others: impl Iterator<Item = &'a FamilyInfo>,
    ) -> Result<(), MetricError> {
        let name = new.name.clone();
        let overflow_family = overflow::info();
        let clashes = |other: &&FamilyInfo| other.clash(new).is_some();
        let other = self.inner.linked.families().chain(others).find(clashes);
        match other.or_else(|| Some(&overflow_family).filter(clashes)) {
            None => Ok(()),
            Some(FamilyInfo { name: other, kind, location: Some(location), .. }) if *other == name => {
                Err(MetricError::Declared { name, is: *kind, location: *location })
            }
            Some(other) => Err(MetricError::Taken { name, family: other.name.clone() }),
        }
    }
}

/// Validates the options and the cell space of an instrument.
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

/// Validates the label names of a family.
fn check_family(info: &FamilyInfo) -> Result<(), MetricError> {
    let name = || info.name.clone();
    match info.repeated_label() {
        Some(label) => Err(MetricError::RepeatedLabel { name: name(), label }),
        None if info.has_invalid_state_label() => Err(MetricError::StateSetName { name: name() }),
        None => Ok(()),
    }
}

/// Returns the error for registering the existing family `is` again with other metadata, `wanted`.
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
    fn name_errors_suggest_a_solution() {
        let metrics = Metrics::new();
        metrics.counter("orders_total");
        assert_eq!(
            metrics.try_gauge("orders_total").unwrap_err().to_string(),
            "cannot use `orders_total` as gauge: it exists as counter; choose another name"
        );
        assert_eq!(
            metrics.try_counter("9lives").unwrap_err().to_string(),
            "invalid metric name `9lives`: it may contain only letters, digits, `_` and `:`, and must not start with a digit"
        );
        assert_eq!(
            metrics.try_gauge("orders").unwrap_err().to_string(),
            "cannot use `orders` as gauge: it exists as counter; choose another name"
        );
        metrics.register("size", "", None, Histogram::<()>::new()).unwrap();
        assert_eq!(
            metrics.try_gauge("size_count").unwrap_err().to_string(),
            "cannot register `size_count`: it has a sample name in common with `size`; choose another name"
        );
        let error = metrics.collect_gauge("ops_metric_overflow", "", |_| {}).unwrap_err().to_string();
        assert!(
            error.contains("`ops_metric_overflow`: ") && error.contains("`ops_metric_overflow_total`; "),
            "{error}"
        );
    }

    #[test]
    fn default_max_series_applies_to_existing_and_later_families_of_one_registry() {
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
    fn histogram_with_buckets_rejects_other_buckets_and_kinds() {
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
        assert_eq!(summary, "cannot use `size` as summary: it exists as histogram; choose another name");
        metrics.summary("wait").observe(1.0, &[]);
        metrics.histogram("wait").observe(2.0, &[]);
        assert!(
            metrics.to_text().contains("# TYPE wait summary\nwait_sum 3\nwait_count 2\n"),
            "`histogram` is an alias"
        );
    }

    #[test]
    fn creation_time_precedes_the_registry() {
        let metrics = Metrics::new();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        assert!(metrics.snapshot().created() <= now);
    }

    #[test]
    fn counter_names_end_in_total() {
        let metrics = Metrics::new();
        metrics.counter("orders").add(1, &[]);
        metrics.counter("orders_total").add(2, &[]);
        metrics.collect_counter("reads", "", |reads| reads.set(4.0, &[])).unwrap().forever();
        assert_eq!(
            metrics.to_text(),
            "# TYPE orders_total counter\norders_total 3\n# TYPE reads_total counter\nreads_total 4\n"
        );
        assert!(metrics.try_counter("reads").is_err(), "a collector exists");
        assert!(metrics.deregister("reads_total"));
    }

    #[test]
    fn utf8_names_collide_in_every_escaping_scheme() {
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
    fn registers_and_deregisters_an_instrument_by_its_full_name() {
        let metrics = Metrics::new();
        let jobs = metrics.register("jobs", "Jobs run.", None, Counter::<()>::new()).unwrap();
        jobs.add(2);
        assert_eq!(metrics.to_text(), "# HELP jobs_total Jobs run.\n# TYPE jobs_total counter\njobs_total 2\n");
        assert_eq!(
            metrics.register("jobs", "", None, Counter::<()>::new()).unwrap_err().to_string(),
            "cannot register `jobs_total`: it exists already; choose another name, or deregister it first"
        );
        assert!(metrics.deregister("jobs_total") && !metrics.deregister("jobs_total"));
        assert_eq!(metrics.to_text(), "");
    }

    #[test]
    fn rejects_state_sets_with_invalid_or_duplicate_labels() {
        #[derive(ops_core::LabelValue)]
        enum Mode {
            On,
        }
        let metrics = Metrics::new();
        assert_eq!(
            metrics.register("shop:mode", "", None, StateSet::<Mode>::new()).unwrap_err().to_string(),
            "invalid state set name `shop:mode`: it is also the label name of the states, which must not contain `:` or \
             start with `__`; choose another name"
        );
        #[derive(ops_core::Labels)]
        struct Shop {
            shop: u8,
        }
        let labeled = StateSet::<Mode, Shop>::new();
        assert_eq!(
            metrics.register("shop", "", None, labeled).unwrap_err().to_string(),
            "cannot register `shop`: duplicate label `shop`; rename one with `#[label(rename)]`"
        );
        for invalid in ["__mode", "shop.mode:now", "\u{e9}"] {
            assert!(metrics.register_utf8(invalid, "", None, StateSet::<Mode>::new()).is_err(), "{invalid}");
        }
        metrics.register_utf8("shop.mode", "", None, StateSet::<Mode>::new()).unwrap().set(Mode::On);
    }

    #[test]
    fn attr_instruments_remove_series_by_labels() {
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
    fn rejects_options_without_effect() {
        let bounded = Counter::<()>::with_options(InstrumentOptions::new().max_series(3));
        assert_eq!(
            Metrics::new().register("jobs", "", None, bounded).unwrap_err().to_string(),
            "option `max_series` of `jobs` has no effect: its label set is static, so all its series exist from the start; \
             remove the option"
        );
    }

    #[test]
    fn rejects_colliding_sample_names() {
        let metrics = Metrics::new();
        metrics.register("size", "", None, Histogram::<()>::new()).unwrap();
        assert!(metrics.register("size_count", "", None, Gauge::<()>::new()).is_err());
        assert!(metrics.register("size_bytes", "", None, Gauge::<()>::new()).is_ok());
        assert!(metrics.register("size", "", Some("bytes"), Counter::<()>::new()).is_err());
    }

    #[test]
    fn updates_beyond_the_series_limit_are_counted_in_the_overflow_series() {
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
    fn latest_scoped_instrument_is_served() {
        let metrics = Metrics::new();
        let shown = |number: f64| format!("# HELP workers Workers.\n# TYPE workers gauge\nworkers {number}\n");
        let (first, second, third) = (workers(&metrics, 1.0), workers(&metrics, 2.0), workers(&metrics, 3.0));
        assert_eq!(metrics.to_text(), shown(3.0));
        drop(second);
        assert_eq!(metrics.to_text(), shown(3.0), "dropping an earlier one has no effect");
        drop(third);
        assert_eq!(metrics.to_text(), shown(1.0));
        drop(first);
        assert_eq!(metrics.to_text(), "");
        let _again = workers(&metrics, 4.0);
        assert!(metrics.deregister("workers") && !metrics.deregister("workers"));
        assert!(metrics.register("workers", "", None, Gauge::<()>::new()).is_ok(), "the name is free");
    }

    #[test]
    fn scoped_instruments_collide_with_other_registrations() {
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
