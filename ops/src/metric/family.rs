//! The series of one family: a fixed table where the label set is closed, a concurrent map where it is open.

use super::cells::Cell;
use super::instrument::Value;
use super::labels::{LabelWriter, Labels};
use crate::metric::Buckets;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// What an attribute declares of an instrument beside its name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared {
    unit: Option<&'static str>,
    buckets: Option<Buckets>,
}

impl Declared {
    /// Nothing.
    pub const fn new() -> Self {
        Declared { unit: None, buckets: None }
    }

    /// Sets what is measured.
    #[must_use]
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Sets the buckets of a histogram.
    #[must_use]
    pub const fn buckets(mut self, buckets: Buckets) -> Self {
        self.buckets = Some(buckets);
        self
    }

    pub(crate) const fn resolved_buckets(self) -> Buckets {
        match self.buckets {
            Some(buckets) => buckets,
            None => Buckets::for_unit(self.unit),
        }
    }
}

/// One series, ready to be updated: keep it where the same labels are used often.
#[derive(Debug)]
pub struct Series<'a, C>(Held<'a, C>);

#[derive(Debug)]
enum Held<'a, C> {
    Fixed(&'a C),
    Shared(Arc<C>),
}

impl<C> Deref for Series<'_, C> {
    type Target = C;

    #[inline]
    fn deref(&self) -> &C {
        match &self.0 {
            Held::Fixed(cell) => cell,
            Held::Shared(cell) => cell,
        }
    }
}

impl<C> Clone for Series<'_, C> {
    fn clone(&self) -> Self {
        Series(match &self.0 {
            Held::Fixed(cell) => Held::Fixed(cell),
            Held::Shared(cell) => Held::Shared(cell.clone()),
        })
    }
}

impl<'a, C> Series<'a, C> {
    pub(crate) fn fixed(cell: &'a C) -> Self {
        Series(Held::Fixed(cell))
    }

    pub(crate) fn shared(cell: Arc<C>) -> Self {
        Series(Held::Shared(cell))
    }
}

/// The series of an instrument with the label set `L`.
pub(crate) struct Family<L, C> {
    closed: OnceLock<Box<[C]>>,
    open: SeriesMap<C>,
    labels: PhantomData<fn(&L)>,
}

impl<L, C> Family<L, C> {
    pub(crate) const fn new() -> Self {
        Family { closed: OnceLock::new(), open: SeriesMap::new(), labels: PhantomData }
    }
}

impl<L: Labels, C: Cell> Family<L, C> {
    /// The series with these labels; `make` makes the cells of a series.
    #[inline]
    pub(crate) fn with(&self, labels: &L, make: impl Fn() -> C) -> Series<'_, C> {
        match L::combinations() {
            Some(combinations) => Series::fixed(&self.table(combinations, make)[labels.index()]),
            None => Series::shared(self.open.get_or_make(|to| labels.write(to), make)),
        }
    }

    pub(crate) fn collect(&self, make: impl Fn() -> C, series: &mut dyn FnMut(usize, &str, Value)) {
        let Some(combinations) = L::combinations() else {
            return self.open.for_each(|labels, cell| series(0, labels, cell.read()));
        };
        let mut labels = String::new();
        for (n, cell) in self.table(combinations, make).iter().enumerate() {
            labels.clear();
            L::write_nth(n, &mut LabelWriter::new(&mut labels));
            series(0, &labels, cell.read());
        }
    }

    pub(crate) fn label_names() -> Vec<&'static str> {
        let mut names = Vec::new();
        L::names(&mut names);
        names
    }

    #[inline]
    fn table(&self, combinations: usize, make: impl Fn() -> C) -> &[C] {
        self.closed.get_or_init(|| (0..combinations).map(|_| make()).collect())
    }
}

impl<C: Cell> Family<(), C> {
    /// The one series of an instrument without labels.
    #[inline]
    pub(crate) fn only(&self, make: impl Fn() -> C) -> &C {
        &self.table(1, make)[0]
    }
}

impl<L: Labels, C: Cell> fmt::Debug for Family<L, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family")
            .field("labels", &Self::label_names())
            .field("combinations", &L::combinations())
            .finish_non_exhaustive()
    }
}

/// Series that appear as their labels are first used.
pub(crate) struct SeriesMap<C> {
    by_labels: RwLock<Option<HashMap<Box<str>, Arc<C>>>>,
}

impl<C> SeriesMap<C> {
    pub(crate) const fn new() -> Self {
        SeriesMap { by_labels: RwLock::new(None) }
    }

    /// The series whose labels `write` writes; made with `make` when it is not there.
    pub(crate) fn get_or_make(&self, write: impl FnOnce(&mut LabelWriter<'_>), make: impl FnOnce() -> C) -> Arc<C> {
        let mut labels = String::new();
        write(&mut LabelWriter::new(&mut labels));
        if let Some(cell) = self.read().as_ref().and_then(|map| map.get(labels.as_str())) {
            return cell.clone();
        }
        let mut map = self.by_labels.write().unwrap_or_else(PoisonError::into_inner);
        map.get_or_insert_default().entry(labels.into()).or_insert_with(|| Arc::new(make())).clone()
    }

    pub(crate) fn for_each(&self, mut series: impl FnMut(&str, &C)) {
        // Copied first, so that whoever makes a series meanwhile does not wait for the reader.
        let cells: Vec<(Box<str>, Arc<C>)> =
            self.read().iter().flatten().map(|(labels, cell)| (labels.clone(), cell.clone())).collect();
        for (labels, cell) in &cells {
            series(labels, cell);
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Option<HashMap<Box<str>, Arc<C>>>> {
        self.by_labels.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> fmt::Debug for SeriesMap<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeriesMap").field("series", &self.read().as_ref().map_or(0, HashMap::len)).finish()
    }
}
