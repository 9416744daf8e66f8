//! The series of gauges, whose cells are shared by all threads.

use super::dynamic_family::DynamicFamily;
use super::gauge_cells::{GaugeCells, HeldCell};
use super::series_options::SeriesOptions;
use super::static_labels::{StaticLabels, static_combinations};
use crate::metric::cells::space::{self, MAX_BYTES};
use crate::metric::cells::{Reader, shared_cells};
use crate::metric::labels::Labels;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

/// The series of a gauge with the label set `L`; each cell has the bits of an `f64`.
pub(crate) struct GaugeFamily<L> {
    /// The cell of a gauge without labels.
    only: AtomicU64,
    /// Cells of a static label set; `None` if the cell space is exhausted.
    static_cells: OnceLock<Option<Box<[AtomicU64]>>>,
    static_labels: StaticLabels,
    dynamic: DynamicFamily,
    dynamic_cells: GaugeCells,
    /// Name of a declared option that has no effect on a static label set.
    dynamic_option: Option<&'static str>,
    labels: PhantomData<fn(&L)>,
}

/// The cell of a series of a gauge.
#[derive(Clone, Debug)]
pub(crate) enum LevelCell<'a> {
    /// The cell of a static label set.
    Static(&'a AtomicU64),
    /// The reference-counted cell of a dynamic label set.
    Held(HeldCell<'a>),
}

/// The cell for updates of series without cell space; never exposed.
static SINK: AtomicU64 = AtomicU64::new(0);

impl<L> GaugeFamily<L> {
    pub(crate) const fn new(options: SeriesOptions) -> Self {
        GaugeFamily {
            only: AtomicU64::new(0),
            static_cells: OnceLock::new(),
            static_labels: StaticLabels::new(),
            dynamic: DynamicFamily::new(options),
            dynamic_cells: GaugeCells::new(),
            dynamic_option: options.declared_option(),
            labels: PhantomData,
        }
    }

    /// Sets the series limit of a dynamic label set without a declared limit.
    pub(crate) fn set_default_max_series(&self, max_series: u32) {
        self.dynamic.limit().set_default(max_series);
    }

    /// Returns the number of lookups that went to the overflow series.
    pub(crate) fn overflowed(&self) -> u64 {
        self.dynamic.limit().overflowed()
    }

    /// Returns `true` if the cell space was exhausted when a series was created.
    pub(crate) fn found_no_space(&self) -> bool {
        self.dynamic.limit().found_no_space() || self.static_cells.get().is_some_and(Option::is_none)
    }
}

impl<L: Labels> GaugeFamily<L> {
    /// Returns the name of a declared option that has no effect, because the label set is static.
    pub(crate) fn unused_option(&self) -> Option<&'static str> {
        self.dynamic_option.filter(|_| L::combinations().is_some())
    }

    /// Returns the cell space that a static label set needs, in bytes; 0 for a dynamic label set.
    pub(crate) fn static_bytes(&self) -> u64 {
        static_combinations::<L>().map_or(0, |combinations| u64::from(combinations) * size_of::<AtomicU64>() as u64)
    }

    /// Returns the cell of the series with these labels.
    #[inline]
    pub(crate) fn cell(&self, labels: &L::Borrowed<'_>) -> LevelCell<'_> {
        match L::combinations() {
            Some(1) => LevelCell::Static(&self.only),
            Some(_) => LevelCell::Static(self.static_cells().get(labels.index()).unwrap_or(&SINK)),
            None => self.dynamic_cell(labels),
        }
    }

    #[inline(never)]
    fn dynamic_cell(&self, labels: &L::Borrowed<'_>) -> LevelCell<'_> {
        loop {
            let cells = self.dynamic.cells(labels, &self.dynamic_cells);
            if cells.is_sink() {
                return LevelCell::Static(&SINK);
            }
            // Retry if the series was removed concurrently.
            if let Some(held) = self.dynamic_cells.hold(cells) {
                return LevelCell::Held(held);
            }
        }
    }

    /// Calls `series` with the labels and value of each series, sorted by labels.
    ///
    /// Removes expired series first.
    pub(crate) fn for_each(&self, reader: &Reader, mut series: impl FnMut(&str, f64)) {
        let Some(combinations) = static_combinations::<L>() else {
            let cells = &self.dynamic_cells;
            self.dynamic.expire(cells, reader.now(), |series| cells.activity(series));
            return self.dynamic.for_each(cells, |labels, entry| {
                if let Some(level) = cells.read(entry.cells) {
                    series(labels, f64::from_bits(level));
                }
            });
        };
        if combinations == 1 {
            let visit = |labels: &str, _| series(labels, shared_cells::get(&self.only));
            return self.static_labels.for_each(1, &L::write_nth, visit);
        }
        let cells = self.static_cells();
        if !cells.is_empty() {
            let visit = |labels: &str, n: u32| series(labels, shared_cells::get(&cells[n as usize]));
            self.static_labels.for_each(combinations, &L::write_nth, visit);
        }
    }

    /// Returns `true` if no two series have the same labels.
    pub(crate) fn has_unique_series(&self) -> bool {
        static_combinations::<L>().is_none_or(|combinations| {
            self.static_bytes() > MAX_BYTES || self.static_labels.are_unique(combinations, &L::write_nth)
        })
    }

    /// Removes the series with these labels. Returns `true` if it existed.
    ///
    /// Series of a static label set are never removed.
    pub(crate) fn remove(&self, labels: &L::Borrowed<'_>) -> bool {
        L::combinations().is_none() && self.dynamic.remove(labels, &self.dynamic_cells)
    }

    /// Removes all series; series of a static label set are never removed.
    pub(crate) fn clear(&self) {
        if L::combinations().is_none() {
            self.dynamic.clear(&self.dynamic_cells);
        }
    }

    /// Returns the cells of a static label set; empty if the cell space is exhausted.
    fn static_cells(&self) -> &[AtomicU64] {
        let cells = self.static_cells.get_or_init(|| {
            let combinations = static_combinations::<L>()?;
            space::take_static_bytes(self.static_bytes())
                .then(|| (0..combinations).map(|_| AtomicU64::new(0)).collect())
        });
        cells.as_deref().unwrap_or_default()
    }
}

impl<L> Drop for GaugeFamily<L> {
    fn drop(&mut self) {
        if let Some(Some(cells)) = self.static_cells.get() {
            space::return_bytes(size_of_val::<[AtomicU64]>(cells) as u64);
        }
    }
}

impl<'a> LevelCell<'a> {
    /// Returns the cell with the bits of the value.
    #[inline]
    pub(crate) fn level(&self) -> &'a AtomicU64 {
        match self {
            LevelCell::Static(level) => level,
            LevelCell::Held(held) => held.level(),
        }
    }
}
