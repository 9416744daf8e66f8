//! The series of a gauge: cells that all threads share.

use super::family::ClosedLabels;
use super::labels::Labels;
use super::table::Table;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The bits of the level of one series.
#[derive(Debug)]
pub(super) struct GaugeCell(AtomicU64);

impl GaugeCell {
    const fn new() -> Self {
        GaugeCell(AtomicU64::new(0))
    }

    #[inline]
    pub(super) fn set(&self, level: f64) {
        self.0.store(level.to_bits(), Relaxed);
    }

    #[inline]
    pub(super) fn add(&self, by: f64) {
        let mut bits = self.0.load(Relaxed);
        let sum = |bits| (f64::from_bits(bits) + by).to_bits();
        while let Err(other) = self.0.compare_exchange_weak(bits, sum(bits), Relaxed, Relaxed) {
            bits = other;
        }
    }

    pub(super) fn level(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }
}

/// The cells of a gauge with the label set `L`.
pub(super) struct Levels<L> {
    /// The one series of a gauge without labels.
    only: GaugeCell,
    closed: OnceLock<Box<[GaugeCell]>>,
    closed_labels: ClosedLabels,
    open: OnceLock<Box<Table<GaugeCell>>>,
    limit: Option<u32>,
    labels: PhantomData<fn(&L)>,
}

impl<L> Levels<L> {
    pub(super) const fn new(limit: Option<u32>) -> Self {
        Levels {
            only: GaugeCell::new(),
            closed: OnceLock::new(),
            closed_labels: ClosedLabels::new(),
            open: OnceLock::new(),
            limit,
            labels: PhantomData,
        }
    }

    /// How often a series was asked for past the limit.
    pub(super) fn overflowed(&self) -> u64 {
        self.open.get().map_or(0, |table| table.overflowed())
    }
}

impl<L: Labels> Levels<L> {
    /// The cell of the series with these labels.
    #[inline]
    pub(super) fn cell(&self, labels: &L::Of<'_>) -> &GaugeCell {
        match L::combinations() {
            Some(1) => &self.only,
            Some(combinations) => &self.closed(combinations)[labels.index()],
            None => &self.open().get_or_make(labels, GaugeCell::new).cell,
        }
    }

    /// Hands over each series, by labels.
    pub(super) fn for_each(&self, mut series: impl FnMut(&str, &GaugeCell)) {
        match L::combinations() {
            Some(1) => self.closed_labels.for_each(1, L::write_nth, |labels, _| series(labels, &self.only)),
            Some(combinations) => {
                let cells = self.closed(combinations);
                let numbers = u32::try_from(combinations).unwrap_or(u32::MAX);
                self.closed_labels.for_each(numbers, L::write_nth, |labels, n| series(labels, &cells[n as usize]));
            }
            None => self.open().for_each(|entry| series(entry.labels(), &entry.cell)),
        }
    }

    fn closed(&self, combinations: usize) -> &[GaugeCell] {
        self.closed.get_or_init(|| (0..combinations).map(|_| GaugeCell::new()).collect())
    }

    fn open(&self) -> &Table<GaugeCell> {
        self.open.get_or_init(|| Box::new(Table::new(self.limit)))
    }
}
