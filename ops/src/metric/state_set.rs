//! Which of several states is the present one.

use super::instrument::{Instrument, Part, Value};
use super::label_writer::ValueWriter;
use super::labels::LabelValue;
use super::shard::Reader;
use crate::descriptor::Kind;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Which of several states is the present one: one series a state, of which that one is 1.
///
/// The label is called as the metric is, as OpenMetrics wants it.
///
/// ```
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
pub struct StateSet<S: LabelValue> {
    /// The number of the present state; beyond all of them where none is.
    present: AtomicUsize,
    states: PhantomData<fn(S)>,
}

impl<S: LabelValue> StateSet<S> {
    /// None of the states is the present one yet.
    pub const fn new() -> Self {
        StateSet { present: AtomicUsize::new(usize::MAX), states: PhantomData }
    }

    /// As the attribute `#[metric]` declares it.
    #[doc(hidden)]
    #[track_caller]
    pub const fn declared(declared: super::Declared) -> Self {
        declared.without_buckets();
        Self::new()
    }

    /// Makes `state` the present one.
    pub fn set(&self, state: S) {
        self.present.store(state.index(), Relaxed);
    }
}

impl<S: LabelValue> Default for StateSet<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: LabelValue> Instrument for StateSet<S> {
    fn parts(&self) -> Vec<Part> {
        vec![Part::whole(Kind::StateSet, Vec::new())]
    }

    /// The text of each series is its state alone: the registry knows the name of the label, which is that of the metric.
    fn collect(&self, _part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let present = self.present.load(Relaxed);
        let name = |n: usize| {
            let mut text = String::new();
            S::write_nth(n, &mut ValueWriter::new(&mut text));
            (text, n)
        };
        let mut states: Vec<_> = (0..S::values().unwrap_or(0)).map(name).collect();
        states.sort();
        for (state, n) in states {
            series(&state, Value::State(n == present));
        }
    }

    fn overflowed(&self) -> u64 {
        0
    }
}

impl<S: LabelValue> fmt::Debug for StateSet<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateSet").finish_non_exhaustive()
    }
}
