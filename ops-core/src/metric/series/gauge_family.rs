//! The series of a gauge: cells that all threads share.

use super::dynamic_family::DynamicFamily;
use super::series_options::SeriesOptions;
use super::static_labels::StaticLabels;
use crate::metric::cells::{Reader, shared_cells, slots};
use crate::metric::labels::Labels;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// The cells of a gauge with the label set `L`, each the bits of a level.
pub(crate) struct GaugeFamily<L> {
    /// The one series of a gauge without labels.
    only: AtomicU64,
    static_cells: OnceLock<Box<[AtomicU64]>>,
    static_labels: StaticLabels,
    dynamic: DynamicFamily,
    /// The option that a static label set does not use, if it is set.
    dynamic_option: Option<&'static str>,
    labels: PhantomData<fn(&L)>,
}

impl<L> GaugeFamily<L> {
    pub(crate) const fn new(options: SeriesOptions) -> Self {
        GaugeFamily {
            only: AtomicU64::new(0),
            static_cells: OnceLock::new(),
            static_labels: StaticLabels::new(),
            dynamic: DynamicFamily::new(options),
            dynamic_option: options.set_option(),
            labels: PhantomData,
        }
    }

    /// Sets the series limit of a dynamic label set that declares none.
    pub(crate) fn set_default_max_series(&self, max_series: u32) {
        self.dynamic.set_default_max_series(max_series);
    }

    /// How often a series was asked for past the limit.
    pub(crate) fn overflowed(&self) -> u64 {
        self.dynamic.overflowed()
    }
}

impl<L: Labels> GaugeFamily<L> {
    /// Returns an option that is set and has no effect, since all series exist from the start.
    pub(crate) fn unused_option(&self, _width: u32) -> Option<&'static str> {
        self.dynamic_option.filter(|_| L::combinations().is_some())
    }

    /// The cell of the series with these labels.
    #[inline]
    pub(crate) fn cell(&self, labels: &L::Borrowed<'_>) -> &AtomicU64 {
        match L::combinations() {
            Some(1) => &self.only,
            Some(combinations) => &self.static_cells(combinations)[labels.index()],
            None => shared_cells::cell(self.dynamic.slot(labels, || slots::allocate(1))),
        }
    }

    /// Hands over each series, by labels. Takes out what has expired.
    pub(crate) fn for_each(&self, reader: &Reader, mut series: impl FnMut(&str, f64)) {
        match L::combinations() {
            Some(1) => {
                self.static_labels.for_each(1, &L::write_nth, |labels, _| series(labels, shared_cells::get(&self.only)))
            }
            Some(combinations) => {
                let cells = self.static_cells(combinations);
                let one = |labels: &str, n: u32| series(labels, shared_cells::get(&cells[n as usize]));
                self.static_labels.for_each(number_of(combinations), &L::write_nth, one);
            }
            None => {
                self.dynamic.expire(1, reader.now(), |slot| shared_cells::cell(slot).load(Relaxed));
                self.dynamic.for_each(|labels, slot| series(labels, shared_cells::get(shared_cells::cell(slot))));
            }
        }
    }

    /// Returns `true` if no two series have the same labels.
    pub(crate) fn has_unique_series(&self, _width: u32) -> bool {
        L::combinations()
            .is_none_or(|combinations| self.static_labels.are_unique(number_of(combinations), &L::write_nth))
    }

    /// Takes out the series with these labels; whether it was there. Those of a static label set stay.
    pub(crate) fn remove(&self, labels: &L::Borrowed<'_>) -> bool {
        L::combinations().is_none() && self.dynamic.remove(labels, 1, Instant::now())
    }

    /// Takes out all series. Those of a static label set stay.
    pub(crate) fn clear(&self) {
        if L::combinations().is_none() {
            self.dynamic.clear(1, Instant::now());
        }
    }

    fn static_cells(&self, combinations: usize) -> &[AtomicU64] {
        self.static_cells.get_or_init(|| (0..combinations).map(|_| AtomicU64::new(0)).collect())
    }
}

fn number_of(combinations: usize) -> u32 {
    u32::try_from(combinations).unwrap_or(u32::MAX)
}
