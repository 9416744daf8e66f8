//! The series of a gauge: cells that all threads share.

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

/// The cells of a gauge with the label set `L`, each the bits of a level.
pub(crate) struct GaugeFamily<L> {
    /// The one series of a gauge without labels.
    only: AtomicU64,
    /// `None` where there is no cell space for them.
    static_cells: OnceLock<Option<Box<[AtomicU64]>>>,
    static_labels: StaticLabels,
    dynamic: DynamicFamily,
    dynamic_cells: GaugeCells,
    /// The option that a static label set does not use, if it is set.
    dynamic_option: Option<&'static str>,
    labels: PhantomData<fn(&L)>,
}

/// The cell of a series of a gauge.
#[derive(Clone, Debug)]
pub(crate) enum LevelCell<'a> {
    /// Of a static label set.
    Static(&'a AtomicU64),
    /// Of a dynamic label set.
    Held(HeldCell<'a>),
}

/// The cell of gauges without cell space; it is never exposed.
static SINK: AtomicU64 = AtomicU64::new(0);

impl<L> GaugeFamily<L> {
    pub(crate) const fn new(options: SeriesOptions) -> Self {
        GaugeFamily {
            only: AtomicU64::new(0),
            static_cells: OnceLock::new(),
            static_labels: StaticLabels::new(),
            dynamic: DynamicFamily::new(options),
            dynamic_cells: GaugeCells::new(),
            dynamic_option: options.set_option(),
            labels: PhantomData,
        }
    }

    /// Sets the series limit of a dynamic label set that declares none.
    pub(crate) fn set_default_max_series(&self, max_series: u32) {
        self.dynamic.limit().set_default(max_series);
    }

    /// How often a series was asked for past the limit, or without cell space.
    pub(crate) fn overflowed(&self) -> u64 {
        self.dynamic.limit().overflowed()
    }

    /// Returns `true` if there was no cell space for a series.
    pub(crate) fn found_no_space(&self) -> bool {
        self.dynamic.limit().found_no_space() || self.static_cells.get().is_some_and(Option::is_none)
    }
}

impl<L: Labels> GaugeFamily<L> {
    /// Returns an option that is set and has no effect, since all series exist from the start.
    pub(crate) fn unused_option(&self) -> Option<&'static str> {
        self.dynamic_option.filter(|_| L::combinations().is_some())
    }

    /// Returns the bytes of cell space that all series take from the start on: 0 for a dynamic label set.
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
            // It may have been removed since it was found.
            if let Some(held) = self.dynamic_cells.hold(cells) {
                return LevelCell::Held(held);
            }
        }
    }

    /// Hands over each series, by labels. Removes what has expired.
    pub(crate) fn for_each(&self, reader: &Reader, mut series: impl FnMut(&str, f64)) {
        let Some(combinations) = static_combinations::<L>() else {
            let cells = &self.dynamic_cells;
            self.dynamic.expire(cells, reader.now(), |of| cells.activity(of));
            return self.dynamic.for_each(cells, |labels, of| {
                if let Some(level) = cells.read(of.cells) {
                    series(labels, f64::from_bits(level));
                }
            });
        };
        if combinations == 1 {
            let one = |labels: &str, _| series(labels, shared_cells::get(&self.only));
            return self.static_labels.for_each(1, &L::write_nth, one);
        }
        let cells = self.static_cells();
        if !cells.is_empty() {
            let one = |labels: &str, n: u32| series(labels, shared_cells::get(&cells[n as usize]));
            self.static_labels.for_each(combinations, &L::write_nth, one);
        }
    }

    /// Returns `true` if no two series have the same labels.
    pub(crate) fn has_unique_series(&self) -> bool {
        static_combinations::<L>().is_none_or(|combinations| {
            self.static_bytes() > MAX_BYTES || self.static_labels.are_unique(combinations, &L::write_nth)
        })
    }

    /// Removes the series with these labels. Returns `true` if it existed. Those of a static label set stay.
    pub(crate) fn remove(&self, labels: &L::Borrowed<'_>) -> bool {
        L::combinations().is_none() && self.dynamic.remove(labels, &self.dynamic_cells)
    }

    /// Removes all series. Those of a static label set stay.
    pub(crate) fn clear(&self) {
        if L::combinations().is_none() {
            self.dynamic.clear(&self.dynamic_cells);
        }
    }

    /// The cells of all series of a static label set; none where there is no space for them.
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
    /// The bits of the level.
    #[inline]
    pub(crate) fn level(&self) -> &'a AtomicU64 {
        match self {
            LevelCell::Static(level) => level,
            LevelCell::Held(held) => held.level(),
        }
    }
}
