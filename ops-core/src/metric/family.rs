//! The series of one instrument: numbered where the label set is closed, in a table where it is open.

use super::buckets::Buckets;
use super::instrument::Labelled;
use super::label_writer::LabelWriter;
use super::labels::Labels;
use super::open::OpenFamily;
use super::shard::Reader;
use super::slots::{self, Slots};
use std::fmt;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// What an attribute declares of an instrument beside its name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared {
    unit: Option<&'static str>,
    buckets: Option<Buckets>,
    series_limit: Option<u32>,
    expire: Option<Duration>,
}

impl Declared {
    /// Nothing.
    pub const fn new() -> Self {
        Declared { unit: None, buckets: None, series_limit: None, expire: None }
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

    /// Sets how many series there may be before further ones are counted together.
    #[must_use]
    pub const fn limit(mut self, series: u32) -> Self {
        self.series_limit = Some(series);
        self
    }

    /// Sets after how long a series goes in which nothing was counted.
    #[must_use]
    pub const fn expire(mut self, idle: Duration) -> Self {
        self.expire = Some(idle);
        self
    }

    /// The option that only the series of an open label set have a use for, if one is set.
    pub(crate) const fn series_option(self) -> Option<&'static str> {
        match self {
            Declared { series_limit: Some(_), .. } => Some("limit"),
            Declared { expire: Some(_), .. } => Some("expire"),
            _ => None,
        }
    }

    /// These, for an instrument whose series are not told apart by labels.
    #[track_caller]
    pub(crate) const fn without_series(self) -> Self {
        let option = self.series_option();
        assert!(
            option.is_none(),
            "`limit` and `expire` are for series that come as their labels are used: facts are one series"
        );
        self
    }

    /// The series of an open label set that is declared so.
    pub(crate) const fn open_family(self) -> OpenFamily {
        OpenFamily::new(self.series_limit, self.expire)
    }

    /// These, for an instrument that has no buckets.
    #[track_caller]
    pub(crate) const fn without_buckets(self) -> Self {
        assert!(self.buckets.is_none(), "`buckets` are for a histogram: this is a counter, a gauge or a summary");
        self
    }

    pub(crate) const fn resolved_buckets(self) -> Buckets {
        match self.buckets {
            Some(buckets) => buckets,
            None => Buckets::for_unit(self.unit),
        }
    }
}

/// The series of an instrument with the label set `L`, each of `width` slots.
pub(crate) struct Family<L> {
    closed: Slots,
    closed_labels: ClosedLabels,
    open: OpenFamily,
    /// What is of no use where the label set is closed.
    series_option: Option<&'static str>,
    labels: PhantomData<fn(&L)>,
}

/// The labels of a closed set, written once, in their order.
#[derive(Debug)]
pub(crate) struct ClosedLabels(OnceLock<Box<[Numbered]>>);

/// The labels of a combination, and its number.
type Numbered = (Box<str>, u32);

impl ClosedLabels {
    pub(crate) const fn new() -> Self {
        ClosedLabels(OnceLock::new())
    }

    /// Hands over the labels and the number of each combination, which `write_nth` writes.
    pub(crate) fn for_each(
        &self,
        combinations: u32,
        write_nth: impl Fn(usize, &mut LabelWriter<'_>),
        mut series: impl FnMut(&str, u32),
    ) {
        let labels = self.0.get_or_init(|| {
            let write = |n: u32| {
                let mut text = String::new();
                write_nth(n as usize, &mut LabelWriter::new(&mut text));
                (text.into_boxed_str(), n)
            };
            let mut labels: Box<[_]> = (0..combinations).map(write).collect();
            labels.sort();
            labels
        });
        for (labels, n) in labels {
            series(labels, *n);
        }
    }
}

/// How many combinations `L` has, if it is closed and the slots of all its series make one run.
#[inline]
pub(crate) fn closed_combinations<L: Labels>(width: u32) -> Option<u32> {
    run_of(L::combinations()?, width)
}

/// `combinations` if their series of `width` slots make one run.
#[inline]
pub(crate) fn run_of(combinations: usize, width: u32) -> Option<u32> {
    let combinations = u32::try_from(combinations).ok()?;
    (combinations.checked_mul(width)? <= slots::MAX_RUN).then_some(combinations)
}

impl<L> Family<L> {
    pub(crate) const fn new(declared: Declared) -> Self {
        Family {
            closed: Slots::new(),
            closed_labels: ClosedLabels::new(),
            open: declared.open_family(),
            series_option: declared.series_option(),
            labels: PhantomData,
        }
    }
}

impl<L: Labels> Family<L> {
    /// The first of the `width` slots of the series with these labels.
    #[inline(always)]
    pub(crate) fn slot(&self, labels: &L::Of<'_>, width: u32) -> u32 {
        match closed_combinations::<L>(width) {
            Some(combinations) => self.closed.first(combinations * width) + labels.index() as u32 * width,
            None => self.open.slot(labels, move || slots::allocate(width)),
        }
    }

    /// The first slot of all series of `width` slots, where the label set is closed.
    pub(crate) fn first(&self, width: u32) -> Option<u32> {
        closed_combinations::<L>(width).map(|combinations| self.closed.first(combinations * width))
    }

    /// Hands over the series of an open set, by labels, a few at once, each with what `value` gives for the first of its
    /// slots; whether it is one. Takes out what has expired.
    pub(crate) fn for_each_few<V: Copy + Default>(
        &self,
        reader: &Reader,
        width: u32,
        value: impl FnMut(u32) -> V,
        series: impl FnMut(&[Labelled<'_, V>]),
    ) -> bool {
        let is_open = closed_combinations::<L>(width).is_none();
        if is_open {
            self.open.expire(width, Instant::now(), |slot| reader.mark(slot));
            self.open.for_each_few(value, series);
        }
        is_open
    }

    /// Hands over each series, by labels: those, and the first of its slots. Takes out what has expired.
    pub(crate) fn for_each(&self, reader: &Reader, width: u32, mut series: impl FnMut(&str, u32)) {
        let Some(combinations) = closed_combinations::<L>(width) else {
            self.open.expire(width, Instant::now(), |slot| reader.mark(slot));
            return self.open.for_each(series);
        };
        let first = self.closed.first(combinations * width);
        self.closed_labels.for_each(combinations, L::write_nth, |labels, n| series(labels, first + n * width));
    }

    /// The option that was set and means nothing, as all series of `width` slots are there from the start.
    pub(crate) fn unused_option(&self, width: u32) -> Option<&'static str> {
        self.series_option.filter(|_| closed_combinations::<L>(width).is_some())
    }

    /// How often a series was asked for past the limit.
    pub(crate) fn overflowed(&self) -> u64 {
        self.open.overflowed()
    }

    /// How often series were taken out.
    pub(crate) fn removals(&self) -> u64 {
        self.open.removals()
    }

    /// Takes out the series with these labels; whether it was there. Those of a closed set stay.
    pub(crate) fn remove(&self, labels: &L::Of<'_>, width: u32) -> bool {
        closed_combinations::<L>(width).is_none() && self.open.remove(labels, width, Instant::now())
    }

    /// Takes out all series. Those of a closed set stay.
    pub(crate) fn clear(&self, width: u32) {
        if closed_combinations::<L>(width).is_none() {
            self.open.clear(width, Instant::now());
        }
    }

    pub(crate) fn label_names() -> Vec<&'static str> {
        let mut names = Vec::new();
        L::names(&mut names);
        names
    }
}

impl<L: Labels> fmt::Debug for Family<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family").field("labels", &Self::label_names()).finish_non_exhaustive()
    }
}
