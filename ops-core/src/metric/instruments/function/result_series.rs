//! Result series: calls that returned, by labels of which some are computed from the returned value.
//!
//! These labels are unknown while a call is running. It is in flight in the series of its other labels, and also ends there
//! if it panics or is cancelled. Only calls that returned are counted in a result series.

use super::label_declaration::LabelDeclaration;
use crate::metric::cells::{CellRef, Layout, Reader};
use crate::metric::labels::{LabelTexts, LabelValue, LabelWriter, Labels};
use crate::metric::series::{DynamicFamily, SeriesCells, SeriesOptions};

/// The result series of a function with `result_labels`. A series appears with the first call that returns its values.
#[derive(Debug)]
pub(super) struct ResultSeries {
    labels: &'static [LabelDeclaration],
    names: &'static [&'static str],
    family: DynamicFamily,
    /// The cells of one series.
    layout: Layout,
}

/// The values of the labels that are computed from a returned value.
#[derive(Clone, Copy)]
pub(super) enum ResultValues<'a> {
    Values(&'a [&'a dyn LabelValue]),
    Texts(&'a LabelTexts),
}

impl ResultSeries {
    pub(super) const fn new(
        labels: &'static [LabelDeclaration],
        names: &'static [&'static str],
        options: SeriesOptions,
        outcomes: Layout,
    ) -> Self {
        ResultSeries { labels, names, family: DynamicFamily::new(options), layout: outcomes.recycled() }
    }

    /// Returns the cells of the series of a call that began with the labels `begun` and returned `values`.
    pub(super) fn cells(&self, begun: Option<&LabelTexts>, values: ResultValues<'_>) -> CellRef {
        self.family.cells(&ResultKey { series: self, begun, values }, &self.layout)
    }

    /// Calls `series` with the labels and the cells of each series.
    pub(super) fn for_each(&self, series: impl FnMut(&str, SeriesCells)) {
        self.family.for_each(&self.layout, series);
    }

    pub(super) fn set_default_max_series(&self, max_series: u32) {
        self.family.limit().set_default(max_series);
    }

    pub(super) fn overflowed(&self) -> u64 {
        self.family.limit().overflowed()
    }

    pub(super) fn found_no_space(&self) -> bool {
        self.family.limit().found_no_space()
    }

    /// Removes the series in which no call was counted within the TTL.
    pub(super) fn expire(&self, reader: &Reader) {
        self.family.expire(&self.layout, reader.now(), |cells| reader.activity(self.layout, cells));
    }
}

/// The labels of a call that returned.
struct ResultKey<'a> {
    series: &'a ResultSeries,
    begun: Option<&'a LabelTexts>,
    values: ResultValues<'a>,
}

impl Labels for ResultKey<'_> {
    type Borrowed<'a>
        = ResultKey<'a>
    where
        Self: 'a;

    fn names(_to: &mut Vec<&'static str>) {}

    fn write(&self, to: &mut LabelWriter<'_>) {
        let begun = self.begun.into_iter().flat_map(LabelTexts::iter);
        self.series.labels.iter().zip(begun).for_each(|(label, value)| to.label(label.name(), value));
        let names = self.series.names.iter();
        match self.values {
            ResultValues::Values(values) => names.zip(values).for_each(|(name, value)| to.label(name, *value)),
            ResultValues::Texts(texts) => names.zip(texts.iter()).for_each(|(name, value)| to.label(name, value)),
        }
    }
}
