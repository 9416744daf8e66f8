//! The series of a gauge: cells that all threads share.

use super::family::{ClosedLabels, Declared};
use super::labels::Labels;
use super::open::OpenFamily;
use super::shard;
use super::slots;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// Sets the level in `cell`.
#[inline]
pub(super) fn set(cell: &AtomicU64, level: f64) {
    cell.store(level.to_bits(), Relaxed);
}

/// Adds `by` to the level in `cell`, which other threads may do at once.
#[inline]
pub(super) fn add(cell: &AtomicU64, by: f64) {
    let mut bits = cell.load(Relaxed);
    let sum = |bits| (f64::from_bits(bits) + by).to_bits();
    while let Err(other) = cell.compare_exchange_weak(bits, sum(bits), Relaxed, Relaxed) {
        bits = other;
    }
}

/// The level in `cell`.
pub(super) fn level(cell: &AtomicU64) -> f64 {
    f64::from_bits(cell.load(Relaxed))
}

/// The cells of a gauge with the label set `L`, each the bits of a level.
pub(super) struct Levels<L> {
    /// The one series of a gauge without labels.
    only: AtomicU64,
    closed: OnceLock<Box<[AtomicU64]>>,
    closed_labels: ClosedLabels,
    open: OpenFamily,
    /// What is of no use where the label set is closed.
    series_option: Option<&'static str>,
    labels: PhantomData<fn(&L)>,
}

impl<L> Levels<L> {
    pub(super) const fn new(declared: Declared) -> Self {
        Levels {
            only: AtomicU64::new(0),
            closed: OnceLock::new(),
            closed_labels: ClosedLabels::new(),
            open: declared.open_family(),
            series_option: declared.series_option(),
            labels: PhantomData,
        }
    }

    /// How often a series was asked for past the limit.
    pub(super) fn overflowed(&self) -> u64 {
        self.open.overflowed()
    }
}

impl<L: Labels> Levels<L> {
    /// The option that was set and means nothing, as all series are there from the start.
    pub(super) fn unused_option(&self, _width: u32) -> Option<&'static str> {
        self.series_option.filter(|_| L::combinations().is_some())
    }

    /// The cell of the series with these labels.
    #[inline]
    pub(super) fn cell(&self, labels: &L::Of<'_>) -> &AtomicU64 {
        match L::combinations() {
            Some(1) => &self.only,
            Some(combinations) => &self.closed(combinations)[labels.index()],
            None => shard::shared(self.open.slot(labels, || slots::allocate(1))),
        }
    }

    /// Hands over each series, by labels. Takes out what has expired.
    pub(super) fn for_each(&self, mut series: impl FnMut(&str, f64)) {
        match L::combinations() {
            Some(1) => self.closed_labels.for_each(1, L::write_nth, |labels, _| series(labels, level(&self.only))),
            Some(combinations) => {
                let cells = self.closed(combinations);
                let numbers = u32::try_from(combinations).unwrap_or(u32::MAX);
                let one = |labels: &str, n: u32| series(labels, level(&cells[n as usize]));
                self.closed_labels.for_each(numbers, L::write_nth, one);
            }
            None => {
                self.open.expire(1, Instant::now(), |slot| shard::shared(slot).load(Relaxed));
                self.open.for_each(|labels, slot| series(labels, level(shard::shared(slot))));
            }
        }
    }

    /// Takes out the series with these labels; whether it was there. Those of a closed set stay.
    pub(super) fn remove(&self, labels: &L::Of<'_>) -> bool {
        L::combinations().is_none() && self.open.remove(labels, 1, Instant::now())
    }

    /// Takes out all series. Those of a closed set stay.
    pub(super) fn clear(&self) {
        if L::combinations().is_none() {
            self.open.clear(1, Instant::now());
        }
    }

    fn closed(&self, combinations: usize) -> &[AtomicU64] {
        self.closed.get_or_init(|| (0..combinations).map(|_| AtomicU64::new(0)).collect())
    }
}
