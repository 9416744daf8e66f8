//! The instruments under test, behind a uniform interface.

use super::reference::{BOUNDS, Kind, Limits, Update};
use crate::metric::{
    Attr, Buckets, Counter, CounterSeries, Gauge, GaugeSeries, Histogram, HistogramSeries, InFlight, InstrumentOptions,
    StateSeries, StateSet, Summary, SummarySeries, attr,
};
use crate::registry::{AttrCounter, Metrics};
use std::sync::Arc;

#[derive(ops_core::Labels)]
pub(super) struct User {
    user: u32,
}

/// The states of the state set, and the label values of the static label set.
#[derive(ops_core::LabelValue, Clone, Copy)]
pub(super) enum Mode {
    Off,
    On,
}

impl Mode {
    fn of(number: u32) -> Mode {
        if number % 2 == 0 { Mode::Off } else { Mode::On }
    }
}

/// A registered instrument.
pub(super) enum Registered {
    Counter(Arc<Counter<User>>),
    FloatCounter(Arc<Counter<User, f64>>),
    Gauge(Arc<Gauge<User>>),
    Histogram(Arc<Histogram<User>>),
    Summary(Arc<Summary<User>>),
    StateSet(Arc<StateSet<Mode, User>>),
    ByName(AttrCounter),
    Static(Arc<Counter<Mode>>),
}

/// A handle to a series.
pub(super) enum Handle<'a> {
    Counter(CounterSeries<'a>),
    FloatCounter(CounterSeries<'a, f64>),
    Gauge(GaugeSeries<'a>),
    Histogram(HistogramSeries<'a>),
    Summary(SummarySeries<'a>),
    StateSet(StateSeries<'a, Mode>),
    /// Looks up its series at each update.
    ByName(&'a AttrCounter, u32),
}

impl Registered {
    /// Registers a new instrument of `kind`.
    pub(super) fn new(kind: Kind, metrics: &Metrics, limits: Limits) -> Self {
        let mut options = InstrumentOptions::new();
        if let Some(max_series) = limits.max_series {
            options = options.max_series(max_series);
        }
        if let Some(ttl) = limits.ttl {
            options = options.ttl(ttl);
        }
        let name = kind.name();
        let histogram = |buckets| {
            let histogram = Histogram::with_options(options.buckets(buckets));
            Registered::Histogram(metrics.register(name, "", None, histogram).unwrap())
        };
        let classic = Buckets::list(&BOUNDS);
        match kind {
            Kind::Counter => {
                Registered::Counter(metrics.register(name, "", None, Counter::with_options(options)).unwrap())
            }
            Kind::FloatCounter => {
                Registered::FloatCounter(metrics.register(name, "", None, Counter::with_options(options)).unwrap())
            }
            Kind::Gauge => Registered::Gauge(metrics.register(name, "", None, Gauge::with_options(options)).unwrap()),
            Kind::Classic => histogram(classic),
            Kind::Native => histogram(Buckets::NATIVE),
            Kind::Both => histogram(classic.and_native()),
            Kind::Summary => {
                Registered::Summary(metrics.register(name, "", None, Summary::with_options(options)).unwrap())
            }
            Kind::StateSet => {
                Registered::StateSet(metrics.register(name, "", None, StateSet::with_options(options)).unwrap())
            }
            Kind::ByName => Registered::ByName(metrics.counter(name)),
            Kind::Static => Registered::Static(metrics.register(name, "", None, Counter::new()).unwrap()),
        }
    }

    pub(super) fn with(&self, user: u32) -> Handle<'_> {
        match self {
            Registered::Counter(counter) => Handle::Counter(counter.with(&User { user })),
            Registered::FloatCounter(counter) => Handle::FloatCounter(counter.with(&User { user })),
            Registered::Gauge(gauge) => Handle::Gauge(gauge.with(&User { user })),
            Registered::Histogram(histogram) => Handle::Histogram(histogram.with(&User { user })),
            Registered::Summary(summary) => Handle::Summary(summary.with(&User { user })),
            Registered::StateSet(states) => Handle::StateSet(states.with(&User { user })),
            Registered::ByName(counter) => Handle::ByName(counter, user),
            Registered::Static(counter) => Handle::Counter(counter.with(&Mode::of(user))),
        }
    }

    /// Returns a guard that increments a gauge; `None` for other instruments.
    pub(super) fn track(&self, user: u32) -> Option<InFlight<'_>> {
        match self {
            Registered::Gauge(gauge) => Some(gauge.with(&User { user }).track()),
            _ => None,
        }
    }

    pub(super) fn remove(&self, user: u32) -> bool {
        match self {
            Registered::Counter(counter) => counter.remove(&User { user }),
            Registered::FloatCounter(counter) => counter.remove(&User { user }),
            Registered::Gauge(gauge) => gauge.remove(&User { user }),
            Registered::Histogram(histogram) => histogram.remove(&User { user }),
            Registered::Summary(summary) => summary.remove(&User { user }),
            Registered::StateSet(states) => states.remove(&User { user }),
            Registered::ByName(counter) => counter.remove(&labels(user)),
            Registered::Static(counter) => counter.remove(&Mode::of(user)),
        }
    }

    /// Removes all series. Returns `false` if the instrument has no method for it.
    pub(super) fn clear(&self) -> bool {
        match self {
            Registered::Counter(counter) => counter.clear(),
            Registered::FloatCounter(counter) => counter.clear(),
            Registered::Gauge(gauge) => gauge.clear(),
            Registered::Histogram(histogram) => histogram.clear(),
            Registered::Summary(summary) => summary.clear(),
            Registered::StateSet(states) => states.clear(),
            Registered::ByName(_) => return false,
            Registered::Static(counter) => counter.clear(),
        }
        true
    }
}

impl Handle<'_> {
    pub(super) fn update(&self, Update { amount, is_set, trace }: Update) {
        let trace = trace.map(|trace| [attr("trace_id", trace)]);
        match (self, &trace) {
            (Handle::Counter(series), None) => series.add(amount as u64),
            (Handle::Counter(series), Some(trace)) => series.add_with_exemplar(amount as u64, trace),
            (Handle::FloatCounter(series), None) => series.add(amount),
            (Handle::FloatCounter(series), Some(trace)) => series.add_with_exemplar(amount, trace),
            (Handle::Gauge(series), _) if is_set => series.set(amount),
            (Handle::Gauge(series), _) => series.add(amount),
            (Handle::Histogram(series), None) => series.observe(amount),
            (Handle::Histogram(series), Some(trace)) => series.observe_with_exemplar(amount, trace),
            (Handle::Summary(series), _) => series.observe(amount),
            (Handle::StateSet(series), _) => series.set(Mode::of(amount as u32)),
            (Handle::ByName(counter, user), _) => counter.add(amount as u64, &labels(*user)),
        }
    }
}

fn labels(user: u32) -> [Attr; 1] {
    [attr("user", user)]
}
