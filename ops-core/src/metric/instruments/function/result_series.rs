//! Result series: calls by labels that include values computed from the returned value.
//!
//! Result labels are unknown while a call is running. It is in flight in the series of its declared labels, and is also recorded
//! there if it panics or is canceled. Only calls that return are recorded in a result series.

use super::label_declaration::LabelDeclaration;
use crate::metric::cells::{CellRef, Layout, Reader};
use crate::metric::labels::{LabelTexts, LabelValue, LabelWriter, Labels};
use crate::metric::series::{DynamicFamily, SeriesCells, SeriesOptions};

/// The result series of a function with `result_labels`, created on first use.
#[derive(Debug)]
pub(super) struct ResultSeries {
    labels: &'static [LabelDeclaration],
    names: &'static [&'static str],
    family: DynamicFamily,
    /// Cell layout of one series.
    layout: Layout,
}

/// The values of the result labels of a call.
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

    /// Returns the cells of the series with these values of the declared labels and of the result labels.
    pub(super) fn cells(&self, declared: Option<&LabelTexts>, values: ResultValues<'_>) -> CellRef {
        self.family.cells(&ResultKey { series: self, declared, values }, &self.layout)
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

    /// Removes the series without calls within the TTL.
    pub(super) fn expire(&self, reader: &Reader) {
        self.family.expire(&self.layout, reader.now(), |cells| reader.activity(self.layout, cells));
    }
}

/// The label set of a result series.
struct ResultKey<'a> {
    series: &'a ResultSeries,
    declared: Option<&'a LabelTexts>,
    values: ResultValues<'a>,
}

impl Labels for ResultKey<'_> {
    type Borrowed<'a>
        = ResultKey<'a>
    where
        Self: 'a;

    fn names(_to: &mut Vec<&'static str>) {}

    fn write(&self, to: &mut LabelWriter<'_>) {
        let declared = self.declared.into_iter().flat_map(LabelTexts::iter);
        self.series.labels.iter().zip(declared).for_each(|(label, value)| to.label(label.name(), value));
        let names = self.series.names.iter();
        match self.values {
            ResultValues::Values(values) => names.zip(values).for_each(|(name, value)| to.label(name, *value)),
            ResultValues::Texts(texts) => names.zip(texts.iter()).for_each(|(name, value)| to.label(name, value)),
        }
    }
}
