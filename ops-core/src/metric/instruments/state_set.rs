//! State sets: enumerated states, of which at most one is current.

use super::instrument_options::InstrumentOptions;
use crate::descriptor::MetricKind;
use crate::metric::cells::{Reader, shared_cells};
use crate::metric::instrument::{Instrument, Part};
use crate::metric::labels::{LabelWriter, Labels, State};
use crate::metric::series::{GaugeFamily, LevelCell, SeriesFamily};
use crate::metric::value::Value;
use std::fmt;
use std::marker::PhantomData;

/// A set of states, exposed as one series per state: 1 for the current state, 0 for the others.
///
/// The label is named after the metric, as OpenMetrics requires. With a label set, as in `StateSet<Mode, Shard>`, each label set
/// has its own current state.
///
/// ```
/// # extern crate ops_core as ops;
/// #[derive(ops::LabelValue, Clone, Copy)]
/// enum Mode {
///     Starting,
///     Serving,
/// }
///
/// /// Operating mode of the shop.
/// #[ops::metric]
/// static SHOP_MODE: ops::StateSet<Mode>;
///
/// SHOP_MODE.set(Mode::Serving);
/// let text = ops::metrics().to_text();
/// assert!(text.contains("shop_mode{shop_mode=\"starting\"} 0\n"));
/// assert!(text.contains("shop_mode{shop_mode=\"serving\"} 1\n"));
/// # SHOP_MODE.set(Mode::Starting);
/// ```
pub struct StateSet<S: State, L: Labels = ()> {
    /// Index of the current state plus 1; 0 if none is set.
    family: GaugeFamily<L>,
    states: PhantomData<fn(S)>,
}

/// The states of one label set of a [`StateSet`].
pub struct StateSeries<'a, S> {
    cell: LevelCell<'a>,
    states: PhantomData<fn(S)>,
}

impl<S: State> StateSeries<'_, S> {
    /// Sets the current state.
    pub fn set(&self, state: S) {
        shared_cells::set(self.cell.level(), (1 + state.index()) as f64);
    }
}

impl<S: State, L: Labels> StateSet<S, L> {
    /// Creates a state set without a current state.
    pub const fn new() -> Self {
        Self::with_options(InstrumentOptions::new())
    }

    /// Creates a state set with the options of `#[metric]`.
    ///
    /// Use it for state sets that are [registered at run time](crate::Metrics::register).
    ///
    /// # Panics
    /// Panics if `options` has buckets.
    #[track_caller]
    pub const fn with_options(options: InstrumentOptions) -> Self {
        StateSet { family: GaugeFamily::new(options.without_buckets().series()), states: PhantomData }
    }

    /// Returns the states of these labels, creating their series if needed.
    ///
    /// Costs an array access for a static label set and a lock-free lookup for a dynamic one.
    pub fn with(&self, labels: &L::Borrowed<'_>) -> StateSeries<'_, S> {
        StateSeries { cell: self.family.cell(labels), states: PhantomData }
    }

    /// Removes the states of these labels. Returns `true` if they existed.
    ///
    /// Updates through handles that [`with`](Self::with) returned before the removal are dropped. Series of a static label
    /// set cannot be removed.
    pub fn remove(&self, labels: &L::Borrowed<'_>) -> bool {
        self.family.remove(labels)
    }

    /// Removes the states of all label sets. See [`remove`](Self::remove).
    pub fn clear(&self) {
        self.family.clear();
    }
}

impl<S: State> StateSet<S> {
    /// Sets the current state.
    pub fn set(&self, state: S) {
        self.with(&()).set(state);
    }
}

impl<S: State, L: Labels> Default for StateSet<S, L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: State, L: Labels> Instrument for StateSet<S, L> {
    fn parts(&self) -> Vec<Part> {
        vec![Part::whole(MetricKind::StateSet, SeriesFamily::<L>::label_names())]
    }

    /// Writes the state label first and without its name.
    ///
    /// The registry adds the name, which equals that of the metric.
    fn collect(&self, _part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let label = |n: usize| {
            let mut text = String::new();
            LabelWriter::new(&mut text).label_nth::<S>("", n);
            (text, (1 + n) as f64)
        };
        let mut states: Vec<_> = (0..S::values().unwrap_or(0)).map(label).collect();
        states.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut text = String::new();
        self.family.for_each(reader, |labels, current| {
            for (state, number) in &states {
                text.clear();
                text.push_str(state);
                if !labels.is_empty() {
                    text.extend([",", labels]);
                }
                series(&text, Value::State(current == *number));
            }
        });
    }

    fn set_default_max_series(&self, max_series: u32) {
        self.family.set_default_max_series(max_series);
    }

    fn overflowed(&self) -> u64 {
        self.family.overflowed()
    }

    fn has_unique_series(&self) -> bool {
        self.family.has_unique_series()
    }

    fn found_no_space(&self) -> bool {
        self.family.found_no_space()
    }

    fn static_bytes(&self) -> u64 {
        self.family.static_bytes()
    }

    fn unused_option(&self) -> Option<&'static str> {
        self.family.unused_option()
    }
}

impl<S: State, L: Labels> fmt::Debug for StateSet<S, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateSet").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for StateSeries<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateSeries").finish_non_exhaustive()
    }
}
