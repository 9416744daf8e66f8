//! Families made at run time: instruments of any type, and those whose labels are attributes given with each measurement.

use super::error::MetricError;
use super::family::FamilyInfo;
use super::metrics::Metrics;
use super::source::Source;
use crate::descriptor::Kind;
use crate::metric::{Attr, AttrLabels, Counter, Gauge, Instrument, Part, Summary};
use crate::name;
use std::sync::Arc;

/// A family made at run time.
#[derive(Debug)]
pub(super) struct RuntimeFamily {
    pub(super) info: FamilyInfo,
    pub(super) source: Source,
    /// The instrument, where it is asked for by name.
    named: Option<Named>,
}

#[derive(Clone, Debug)]
enum Named {
    Counter(Arc<Counter<AttrLabels<'static>>>),
    Gauge(Arc<Gauge<AttrLabels<'static>>>),
    Summary(Arc<Summary<AttrLabels<'static>>>),
}

impl RuntimeFamily {
    /// The part of this number of `instrument`.
    pub(super) fn of(info: FamilyInfo, instrument: Arc<dyn Instrument>, part: usize) -> Self {
        RuntimeFamily { info, source: Source::Runtime(instrument, part), named: None }
    }

    fn named(name: &str, named: Named) -> Self {
        let info = FamilyInfo::made(name, "", None, Part::whole(named.kind(), Vec::new()));
        RuntimeFamily { info, source: Source::Runtime(named.instrument(), 0), named: Some(named) }
    }
}

impl Named {
    fn kind(&self) -> Kind {
        match self {
            Named::Counter(_) => Kind::Counter,
            Named::Gauge(_) => Kind::Gauge,
            Named::Summary(_) => Kind::Summary,
        }
    }

    fn instrument(&self) -> Arc<dyn Instrument> {
        match self {
            Named::Counter(counter) => counter.clone(),
            Named::Gauge(gauge) => gauge.clone(),
            Named::Summary(summary) => summary.clone(),
        }
    }
}

impl Metrics {
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

    /// The distribution `name`, made when it is not there. It has no buckets, and so it is a summary.
    ///
    /// # Panics
    /// Where [`try_histogram`](Metrics::try_histogram) gives an error.
    #[track_caller]
    pub fn histogram(&self, name: &str) -> AttrSummary {
        self.try_histogram(name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The counter `name`, made when it is not there.
    ///
    /// # Errors
    /// When `name` is not a metric name, is of another kind or belongs to an annotated item.
    pub fn try_counter(&self, name: &str) -> Result<AttrCounter, MetricError> {
        match self.named(name, || Named::Counter(Arc::default()))? {
            Named::Counter(counter) => Ok(AttrCounter(counter)),
            other => Err(kind_error(name, other.kind(), Kind::Counter)),
        }
    }

    /// The gauge `name`, made when it is not there.
    ///
    /// # Errors
    /// As [`try_counter`](Metrics::try_counter).
    pub fn try_gauge(&self, name: &str) -> Result<AttrGauge, MetricError> {
        match self.named(name, || Named::Gauge(Arc::default()))? {
            Named::Gauge(gauge) => Ok(AttrGauge(gauge)),
            other => Err(kind_error(name, other.kind(), Kind::Gauge)),
        }
    }

    /// The distribution `name`, made when it is not there.
    ///
    /// # Errors
    /// As [`try_counter`](Metrics::try_counter).
    pub fn try_histogram(&self, name: &str) -> Result<AttrSummary, MetricError> {
        match self.named(name, || Named::Summary(Arc::default()))? {
            Named::Summary(summary) => Ok(AttrSummary(summary)),
            other => Err(kind_error(name, other.kind(), Kind::Summary)),
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
    /// What an attribute has options for, [`Declared`](crate::metric::Declared) sets:
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::metric::Declared;
    /// use ops::{Counter, Labels, Metrics};
    ///
    /// #[derive(Labels)]
    /// struct User {
    ///     user: u32,
    /// }
    ///
    /// let metrics = Metrics::new();
    /// let logins = Counter::<User>::declared(Declared::new().limit(1));
    /// let logins = metrics.register("logins", "Logins, by user.", None, logins)?;
    /// (0..3).for_each(|user| logins.with(&User { user }).inc());
    /// assert!(metrics.to_text().contains("\nlogins_total{ops_overflow=\"true\"} 2\n"));
    /// # Ok::<(), ops::registry::MetricError>(())
    /// ```
    ///
    /// # Errors
    /// When `name` is not a metric name, a family that is there has samples of the same name, or an option of the
    /// instrument means nothing.
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
            Err(MetricError::Name { name: name.to_owned() })
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
        if let Some(option) = instrument.unused_option() {
            return Err(MetricError::UnusedOption { name: name.to_owned(), option });
        }
        let instrument = Arc::new(instrument);
        let parts = instrument.parts().into_iter().enumerate();
        let families = parts.map(|(at, part)| {
            let info = FamilyInfo::made(name, help, unit, part);
            RuntimeFamily::of(info, instrument.clone(), at)
        });
        self.add_runtime(name, families.collect())?;
        Ok(instrument)
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
            return Err(MetricError::Name { name: name.to_owned() });
        }
        let named = make();
        match self.add_runtime(name, vec![RuntimeFamily::named(name, named.clone())]) {
            Ok(()) => Ok(named),
            // Another thread may have made it meanwhile.
            Err(error) => present().ok_or(error),
        }
    }
}

fn kind_error(name: &str, is: Kind, wanted: Kind) -> MetricError {
    MetricError::Kind { name: name.to_owned(), is, wanted }
}

/// A counter made at run time, as [`Metrics::counter`](crate::Metrics::counter) gives it.
#[derive(Clone, Debug)]
pub struct AttrCounter(pub(super) Arc<Counter<AttrLabels<'static>>>);

impl AttrCounter {
    /// Adds `by` to the series with these labels, in whatever order they are given.
    pub fn add(&self, by: u64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).add(by);
    }

    /// Takes out the series with these labels; whether it was there. The next use of them starts at 0.
    pub fn remove(&self, attrs: &[Attr]) -> bool {
        self.0.remove(&AttrLabels(attrs))
    }
}

/// A gauge made at run time, as [`Metrics::gauge`](crate::Metrics::gauge) gives it.
#[derive(Clone, Debug)]
pub struct AttrGauge(pub(super) Arc<Gauge<AttrLabels<'static>>>);

impl AttrGauge {
    /// Sets the series with these labels.
    pub fn set(&self, value: f64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).set(value);
    }

    /// Adds `by`, which may be negative, to the series with these labels.
    pub fn add(&self, by: f64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).add(by);
    }

    /// Takes out the series with these labels; whether it was there. The next use of them starts at 0.
    pub fn remove(&self, attrs: &[Attr]) -> bool {
        self.0.remove(&AttrLabels(attrs))
    }
}

/// A distribution made at run time with no buckets, as [`Metrics::histogram`](crate::Metrics::histogram) gives it: its
/// count and its sum.
#[derive(Clone, Debug)]
pub struct AttrSummary(pub(super) Arc<Summary<AttrLabels<'static>>>);

impl AttrSummary {
    /// Counts and sums `value` in the series with these labels. NaN changes nothing.
    pub fn observe(&self, value: f64, attrs: &[Attr]) {
        self.0.with(&AttrLabels(attrs)).observe(value);
    }

    /// Takes out the series with these labels; whether it was there. The next use of them starts at 0.
    pub fn remove(&self, attrs: &[Attr]) -> bool {
        self.0.remove(&AttrLabels(attrs))
    }
}
