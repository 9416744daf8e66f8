//! Which of several states is the present one.

use super::instrument_options::InstrumentOptions;
use crate::descriptor::MetricKind;
use crate::metric::cells::{Reader, shared_cells};
use crate::metric::instrument::{Instrument, Part};
use crate::metric::labels::{LabelWriter, Labels, State};
use crate::metric::series::{GaugeFamily, LevelCell, SeriesFamily};
use crate::metric::value::Value;
use std::fmt;
use std::marker::PhantomData;

/// Which of several states is the present one: one series a state, of which that one is 1.
///
/// The label is called as the metric is, as OpenMetrics wants it. With labels, as `StateSet<Mode, Shard>`, each set of
/// them has a state of its own.
///
/// ```
/// # extern crate ops_core as ops;
/// #[derive(ops::LabelValue, Clone, Copy)]
/// enum Mode {
///     Starting,
///     Serving,
/// }
///
/// /// What the shop does now.
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
    /// The number of the present state, from 1; 0 where none is.
    family: GaugeFamily<L>,
    states: PhantomData<fn(S)>,
}

/// The states of one set of labels of a [`StateSet`].
pub struct StateSeries<'a, S> {
    cell: LevelCell<'a>,
    states: PhantomData<fn(S)>,
}

impl<S: State> StateSeries<'_, S> {
    /// Makes `state` the present one.
    pub fn set(&self, state: S) {
        shared_cells::set(self.cell.level(), (1 + state.index()) as f64);
    }
}

impl<S: State, L: Labels> StateSet<S, L> {
    /// None of the states is the present one yet.
    pub const fn new() -> Self {
        Self::with_options(InstrumentOptions::new())
    }

    /// A state set as the attribute `#[metric]` declares it, for what is [registered at run time](crate::Metrics::register).
    ///
    /// # Panics
    /// If buckets are declared.
    #[track_caller]
    pub const fn with_options(options: InstrumentOptions) -> Self {
        StateSet { family: GaugeFamily::new(options.without_buckets().series()), states: PhantomData }
    }

    /// The states of these labels.
    ///
    /// An array index where the label set is closed; where it is open, a look-up that takes no lock.
    pub fn with(&self, labels: &L::Borrowed<'_>) -> StateSeries<'_, S> {
        StateSeries { cell: self.family.cell(labels), states: PhantomData }
    }

    /// Removes the states of these labels. Returns `true` if they existed. Those of a static label set stay.
    ///
    /// Handles that [`with`](Self::with) returned for them are shown nowhere from now on.
    pub fn remove(&self, labels: &L::Borrowed<'_>) -> bool {
        self.family.remove(labels)
    }

    /// Takes out all states, as [`remove`](Self::remove) does those of one set of labels.
    pub fn clear(&self) {
        self.family.clear();
    }
}

impl<S: State> StateSet<S> {
    /// Makes `state` the present one.
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

    /// The label of the state comes first and without a name: the registry knows it, as it is that of the metric.
    fn collect(&self, _part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let label = |n: usize| {
            let mut text = String::new();
            LabelWriter::new(&mut text).label_nth::<S>("", n);
            (text, (1 + n) as f64)
        };
        let mut states: Vec<_> = (0..S::values().unwrap_or(0)).map(label).collect();
        states.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut text = String::new();
        self.family.for_each(reader, |labels, present| {
            for (state, number) in &states {
                text.clear();
                text.push_str(state);
                if !labels.is_empty() {
                    text.extend([",", labels]);
                }
                series(&text, Value::State(present == *number));
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
