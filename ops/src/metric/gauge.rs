//! What goes up and down.

use super::family::{ClosedLabels, Declared};
use super::instrument::{Value, instrument};
use super::labels::Labels;
use super::shard::Reader;
use super::table::{DEFAULT_LIMIT, Table};
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What goes up and down: a queue's length, a temperature, connections in use.
///
/// One cell that all threads share, since to set is to overwrite what others did.
///
/// ```
/// /// Orders waiting.
/// #[ops::metric]
/// static QUEUE_DEPTH: ops::Gauge;
///
/// QUEUE_DEPTH.set(7.0);
/// QUEUE_DEPTH.dec();
/// assert_eq!(QUEUE_DEPTH.value(), 6.0);
/// ```
pub struct Gauge<L: Labels = ()> {
    /// The one series of a gauge without labels.
    only: GaugeCell,
    closed: OnceLock<Box<[GaugeCell]>>,
    closed_labels: ClosedLabels,
    open: OnceLock<Box<Table<GaugeCell>>>,
    labels: PhantomData<fn(&L)>,
}

/// The bits of the level of one series.
#[derive(Debug)]
pub(crate) struct GaugeCell(AtomicU64);

impl GaugeCell {
    pub(crate) const fn new() -> Self {
        GaugeCell(AtomicU64::new(0))
    }

    pub(crate) fn level(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }
}

/// One series of a [`Gauge`].
#[derive(Clone, Copy, Debug)]
pub struct GaugeSeries<'a> {
    cell: &'a GaugeCell,
}

impl<'a> GaugeSeries<'a> {
    pub(crate) const fn of(cell: &'a GaugeCell) -> Self {
        GaugeSeries { cell }
    }

    /// Sets it to `value`.
    #[inline]
    pub fn set(&self, value: f64) {
        self.cell.0.store(value.to_bits(), Relaxed);
    }

    /// Adds `by`, which may be negative.
    #[inline]
    pub fn add(&self, by: f64) {
        let mut bits = self.cell.0.load(Relaxed);
        while let Err(other) =
            self.cell.0.compare_exchange_weak(bits, (f64::from_bits(bits) + by).to_bits(), Relaxed, Relaxed)
        {
            bits = other;
        }
    }

    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.add(1.0);
    }

    /// Takes 1 away.
    #[inline]
    pub fn dec(&self) {
        self.add(-1.0);
    }

    /// Sets it to the present time, in seconds since 1970-01-01 UTC.
    pub fn set_to_now(&self) {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        self.set(since.as_secs_f64());
    }

    /// What it stands at.
    pub fn value(&self) -> f64 {
        self.cell.level()
    }
}

impl<L: Labels> Gauge<L> {
    /// A gauge without series yet.
    pub const fn new() -> Self {
        Gauge {
            only: GaugeCell::new(),
            closed: OnceLock::new(),
            closed_labels: ClosedLabels::new(),
            open: OnceLock::new(),
            labels: PhantomData,
        }
    }

    /// As the attribute `#[metric]` declares it.
    #[doc(hidden)]
    pub const fn declared(_declared: Declared) -> Self {
        Self::new()
    }

    /// The series with these labels.
    ///
    /// An array index where the label set is closed; where it is open, a look-up that takes no lock. Keep what it gives
    /// where the same labels are used often.
    #[inline]
    pub fn with(&self, labels: &L::Of<'_>) -> GaugeSeries<'_> {
        GaugeSeries::of(match L::combinations() {
            Some(1) => &self.only,
            Some(combinations) => &self.table(combinations)[labels.index()],
            None => &self.open().get_or_make(labels, GaugeCell::new).cell,
        })
    }

    fn collect_series(&self, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        match L::combinations() {
            Some(1) => self.closed_labels.for_each(1, L::write_nth, |labels, _| {
                series(labels, Value::Gauge(self.only.level()));
            }),
            Some(combinations) => {
                let cells = self.table(combinations);
                self.closed_labels.for_each(combinations as u32, L::write_nth, |labels, n| {
                    series(labels, Value::Gauge(cells[n as usize].level()));
                });
            }
            None => self.open().for_each(|entry| series(entry.labels(), Value::Gauge(entry.cell.level()))),
        }
    }

    fn table(&self, combinations: usize) -> &[GaugeCell] {
        self.closed.get_or_init(|| (0..combinations).map(|_| GaugeCell::new()).collect())
    }

    fn open(&self) -> &Table<GaugeCell> {
        self.open.get_or_init(|| Box::new(Table::new(DEFAULT_LIMIT)))
    }
}

instrument!(Gauge);

impl Gauge {
    /// Sets it to `value`.
    #[inline]
    pub fn set(&self, value: f64) {
        self.with(&()).set(value);
    }

    /// Adds `by`, which may be negative.
    #[inline]
    pub fn add(&self, by: f64) {
        self.with(&()).add(by);
    }

    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.with(&()).inc();
    }

    /// Takes 1 away.
    #[inline]
    pub fn dec(&self) {
        self.with(&()).dec();
    }

    /// Sets it to the present time, in seconds since 1970-01-01 UTC.
    pub fn set_to_now(&self) {
        self.with(&()).set_to_now();
    }

    /// What it stands at.
    pub fn value(&self) -> f64 {
        self.with(&()).value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_of_many_threads_are_all_counted() {
        static LEVEL: Gauge = Gauge::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| LEVEL.add(0.5)));
            }
        });
        assert_eq!(LEVEL.value(), 20_000.0);
    }
}
