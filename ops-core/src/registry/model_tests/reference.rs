//! The reference model: computes the expected samples of each family by simple rules.

use super::random::Random;
use super::scrape::{Sample, Scrape};
use crate::exposition::Format;
use std::collections::BTreeMap;
use std::time::Duration;

/// The classic bucket bounds.
pub(super) const BOUNDS: [f64; 2] = [0.5, 1.0];
/// The states of the state set, sorted.
pub(super) const STATES: [&str; 2] = ["off", "on"];

/// The kind of an instrument, including its number type and buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    FloatCounter,
    Gauge,
    Classic,
    Native,
    Both,
    Summary,
    StateSet,
    /// A counter looked up by name, with attributes as labels.
    ByName,
    /// A counter with a static label set, whose series all exist from the start.
    Static,
}

impl Kind {
    pub(super) const ALL: [Kind; 10] = [
        Kind::Counter,
        Kind::FloatCounter,
        Kind::Gauge,
        Kind::Classic,
        Kind::Native,
        Kind::Both,
        Kind::Summary,
        Kind::StateSet,
        Kind::ByName,
        Kind::Static,
    ];

    /// Returns the name of families of this kind.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Counter => "whole_total",
            Kind::FloatCounter => "float_total",
            Kind::Gauge => "level",
            Kind::Classic => "classic",
            Kind::Native => "native",
            Kind::Both => "both",
            Kind::Summary => "summary",
            Kind::StateSet => "state",
            Kind::ByName => "by_name_total",
            Kind::Static => "static_total",
        }
    }

    fn has_classic_buckets(self) -> bool {
        matches!(self, Kind::Classic | Kind::Both)
    }

    /// Returns `true` if a handle keeps its series from expiring, so that a lookup counts as a use.
    fn handles_prevent_expiry(self) -> bool {
        matches!(self, Kind::Gauge | Kind::StateSet)
    }

    fn has_native_buckets(self) -> bool {
        matches!(self, Kind::Native | Kind::Both)
    }

    /// Returns the amounts of updates: edge cases of the formats and cells, and invalid amounts.
    fn amounts(self) -> &'static [f64] {
        match self {
            Kind::Counter | Kind::ByName | Kind::Static => {
                &[0.0, 1.0, 1.0, 2.0, 3.0, 5.0, 18_446_744_073_709_551_615.0]
            }
            Kind::FloatCounter => &[0.0, 0.25, 1.0, 1.5, 3.0, f64::NAN, -1.0, f64::INFINITY],
            Kind::Gauge => &[-1.5, 0.0, 1.0, 1.0, 2.0],
            Kind::StateSet => &[0.0, 1.0],
            Kind::Classic | Kind::Native | Kind::Both | Kind::Summary => &[0.0, 0.25, 0.5, 1.0, 3.0, f64::NAN],
        }
    }
}

/// The options of a family.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    pub(super) max_series: Option<u32>,
    pub(super) ttl: Option<Duration>,
}

impl Limits {
    pub(super) fn random(random: &mut Random) -> Self {
        Limits {
            max_series: (!random.is_one_in(4)).then(|| random.below(6) as u32),
            ttl: random.is_one_in(2).then(|| Duration::from_secs(20 + random.below(80))),
        }
    }
}

/// One update of a series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Update {
    pub(super) amount: f64,
    /// `true` to set a gauge, `false` to add to it.
    pub(super) is_set: bool,
    /// The trace ID of the exemplar, if any.
    pub(super) trace: Option<u64>,
}

impl Update {
    pub(super) fn random(kind: Kind, random: &mut Random) -> Self {
        let trace = random.is_one_in(4).then(|| random.below(1_000));
        Update { amount: random.choose(kind.amounts()), is_set: random.is_one_in(2), trace }
    }
}

/// A reference to a series.
///
/// It is stale once the family has no series at `key`, or one with another `id`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    key: Key,
    id: u64,
}

/// The user of a series; `None` for the overflow series.
type Key = Option<u32>;

/// A family.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) kind: Kind,
    pub(super) is_registered: bool,
    limits: Limits,
    default_limit: Option<u32>,
    series: BTreeMap<Key, Series>,
    created: u64,
    overflowed: u64,
}

#[derive(Debug)]
struct Series {
    id: u64,
    value: Value,
    /// `true` if it was used since the last scrape.
    is_used: bool,
    idle_since: Duration,
    /// Number of handles and guards of a gauge or state set, which keep it from expiring.
    handles: u32,
    /// The last exemplar of each bucket: trace ID and amount.
    exemplars: BTreeMap<usize, (u64, f64)>,
}

#[derive(Debug)]
enum Value {
    Whole(u64),
    Float(f64),
    /// The number of observations of each amount, keyed by its bits, which sort like non-negative amounts.
    Observed(BTreeMap<u64, u64>),
    State(Option<usize>),
}

impl Family {
    pub(super) fn new(kind: Kind, limits: Limits, default_limit: Option<u32>) -> Self {
        let mut family = Family {
            kind,
            is_registered: true,
            limits,
            default_limit,
            series: BTreeMap::new(),
            created: 0,
            overflowed: 0,
        };
        if kind == Kind::Static {
            family.series = [0, 1].map(|number| (Some(number), Series::new(kind, 0))).into();
        }
        family
    }

    pub(super) fn name(&self) -> &'static str {
        self.kind.name()
    }

    pub(super) fn deregister(&mut self) -> bool {
        std::mem::take(&mut self.is_registered)
    }

    pub(super) fn set_default_limit(&mut self, limit: u32) {
        if self.is_registered {
            self.default_limit = Some(limit);
        }
    }

    /// Returns the series of a user, or the overflow series if the limit is reached.
    pub(super) fn with(&mut self, user: u32) -> Held {
        let user = self.label(user);
        let limit = self.limits.max_series.or(self.default_limit).unwrap_or(2_000);
        let users = self.series.keys().flatten().count();
        let is_admitted = self.series.contains_key(&Some(user)) || users < limit as usize;
        let key = is_admitted.then_some(user);
        self.overflowed += u64::from(!is_admitted);
        let series = self.series.entry(key).or_insert_with(|| {
            self.created += 1;
            Series::new(self.kind, self.created)
        });
        series.is_used |= self.kind.handles_prevent_expiry();
        Held { key, id: series.id }
    }

    pub(super) fn update(&mut self, held: Held, update: Update) {
        let kind = self.kind;
        if let Some(series) = self.held(held) {
            series.update(kind, update);
        }
    }

    /// Increments a gauge until [`end`](Self::end).
    pub(super) fn track(&mut self, held: Held) {
        self.update(held, Update { amount: 1.0, is_set: false, trace: None });
        self.keep(held);
    }

    pub(super) fn end(&mut self, held: Held) {
        self.update(held, Update { amount: -1.0, is_set: false, trace: None });
        self.release(held);
    }

    /// Holds a handle to a series until [`release`](Self::release).
    pub(super) fn keep(&mut self, held: Held) {
        let keeps_series = self.kind.handles_prevent_expiry();
        if let Some(series) = self.held(held).filter(|_| keeps_series) {
            series.handles += 1;
        }
    }

    pub(super) fn release(&mut self, held: Held) {
        let keeps_series = self.kind.handles_prevent_expiry();
        if let Some(series) = self.held(held).filter(|_| keeps_series) {
            series.handles -= 1;
            series.is_used = true;
        }
    }

    pub(super) fn remove(&mut self, user: u32) -> bool {
        self.kind != Kind::Static && self.series.remove(&Some(user)).is_some()
    }

    pub(super) fn clear(&mut self) {
        self.series.retain(|_, _| self.kind == Kind::Static);
    }

    /// Returns the index of the label value for `user`.
    fn label(&self, user: u32) -> u32 {
        if self.kind == Kind::Static { user % 2 } else { user }
    }

    fn held(&mut self, held: Held) -> Option<&mut Series> {
        self.series.get_mut(&held.key).filter(|series| series.id == held.id)
    }

    /// Removes series that were idle for the `ttl`; the overflow series is kept, so that totals stay exact.
    fn expire(&mut self, now: Duration) {
        let Some(ttl) = self.limits.ttl else { return };
        self.series.retain(|key, series| {
            if std::mem::take(&mut series.is_used) {
                series.idle_since = now;
            }
            key.is_none() || series.handles > 0 || now - series.idle_since < ttl
        });
    }

    fn show(&self, format: Format, to: &mut Scrape) {
        for (key, series) in &self.series {
            let labels = match key {
                Some(number) if self.kind == Kind::Static => format!("mode=\"{}\"", STATES[*number as usize]),
                Some(user) => format!("user=\"{user}\""),
                None => "ops_overflow=\"true\"".to_owned(),
            };
            series.show(self.kind, &labels, format, to);
        }
    }
}

impl Series {
    fn new(kind: Kind, id: u64) -> Self {
        let value = match kind {
            Kind::Counter | Kind::ByName | Kind::Static => Value::Whole(0),
            Kind::FloatCounter | Kind::Gauge => Value::Float(0.0),
            Kind::Classic | Kind::Native | Kind::Both | Kind::Summary => Value::Observed(BTreeMap::new()),
            Kind::StateSet => Value::State(None),
        };
        Series { id, value, is_used: true, idle_since: Duration::ZERO, handles: 0, exemplars: BTreeMap::new() }
    }

    fn update(&mut self, kind: Kind, Update { amount, is_set, trace }: Update) {
        if amount.is_nan() || kind == Kind::FloatCounter && amount < 0.0 {
            return;
        }
        match &mut self.value {
            Value::Whole(total) => *total = total.saturating_add(amount as u64),
            Value::Float(level) if kind == Kind::Gauge && is_set => *level = amount,
            Value::Float(level) => *level += amount,
            Value::Observed(amounts) => *amounts.entry(amount.to_bits()).or_default() += 1,
            Value::State(state) => *state = Some(amount as usize),
        }
        self.is_used = true;
        if let Some(trace) = trace {
            let bucket =
                if kind.has_classic_buckets() { BOUNDS.iter().filter(|bound| amount > **bound).count() } else { 0 };
            self.exemplars.insert(bucket, (trace, amount));
        }
    }

    fn show(&self, kind: Kind, labels: &str, format: Format, to: &mut Scrape) {
        let name = kind.name();
        let mut show = |name: &str, labels: &str, value: f64, exemplar: Option<&(u64, f64)>| {
            let exemplar = exemplar.map(|(trace, amount)| (format!("trace_id=\"{trace}\""), *amount));
            to.add(format!("{name}{{{labels}}}"), Sample { value, exemplar });
        };
        match &self.value {
            Value::Whole(total) => show(name, labels, *total as f64, self.exemplars.get(&0)),
            Value::Float(level) => show(name, labels, *level, self.exemplars.get(&0)),
            Value::State(present) => {
                for (number, state) in STATES.iter().enumerate() {
                    let is_present = f64::from(u8::from(*present == Some(number)));
                    show(name, &format!("{name}=\"{state}\",{labels}"), is_present, None);
                }
            }
            Value::Observed(amounts) => {
                let amounts = || amounts.iter().map(|(bits, count)| (f64::from_bits(*bits), *count));
                let count_to =
                    |bound: f64| amounts().filter(|(amount, _)| *amount <= bound).map(|(_, n)| n).sum::<u64>();
                let count = count_to(f64::INFINITY);
                show(&format!("{name}_count"), labels, count as f64, None);
                let sum = amounts().map(|(amount, count)| amount * count as f64).sum::<f64>();
                show(&format!("{name}_sum"), labels, sum, None);
                if kind == Kind::Summary {
                    return;
                }
                let bucket = format!("{name}_bucket");
                let bounds: &[f64] = if kind.has_classic_buckets() { &BOUNDS } else { &[] };
                for (number, bound) in bounds.iter().enumerate() {
                    let exemplar = self.exemplars.get(&number);
                    show(&bucket, &format!("{labels},le=\"{bound}\""), count_to(*bound) as f64, exemplar);
                }
                show(&bucket, &format!("{labels},le=\"+Inf\""), count as f64, self.exemplars.get(&bounds.len()));
                if kind.has_native_buckets() && format == Format::Protobuf {
                    // Eight buckets per power of two.
                    let index = |amount: f64| (amount.log2() * 8.0).ceil();
                    for (amount, count) in amounts() {
                        let bucket = if amount == 0.0 { "zero".to_owned() } else { index(amount).to_string() };
                        show(name, &format!("{labels},native=\"{bucket}\""), count as f64, None);
                    }
                }
            }
        }
    }
}

/// Expires idle series and returns the expected samples of a scrape at `now`.
pub(super) fn scrape(families: &mut [Family], now: Duration, format: Format) -> Scrape {
    let mut scrape = Scrape::default();
    for family in families.iter_mut().filter(|family| family.is_registered) {
        if family.overflowed > 0 {
            let sample = Sample { value: family.overflowed as f64, exemplar: None };
            scrape.add(format!("ops_metric_overflow_total{{family=\"{}\"}}", family.name()), sample);
        }
        family.expire(now);
        family.show(format, &mut scrape);
    }
    scrape
}
