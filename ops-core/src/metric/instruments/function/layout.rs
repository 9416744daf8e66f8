//! The slots of a function: how many calls are running, and a distribution of durations an outcome, a series.

use super::call_outcome::CallOutcome;
use super::label_declaration::LabelDeclaration;
use crate::metric::cells::space::Slots;
use crate::metric::cells::{CellRef, Layout};
use crate::metric::distribution::Buckets;
use crate::metric::instruments::HistogramSeries;
use crate::metric::series::{DynamicFamily, SeriesOptions, StaticLabels};
use std::borrow::Cow;

/// How the slots of a function are laid out, found out once.
#[derive(Debug)]
pub(super) struct CallLayout {
    /// The name of the function in the shared families.
    pub(super) function: Cow<'static, str>,
    pub(super) bounds: Box<[f64]>,
    /// The cells of one series: how many calls are running, and a distribution of durations an outcome.
    pub(super) cells: Layout,
    pub(super) series: Series,
}

/// The series of a function.
#[derive(Debug)]
pub(super) enum Series {
    /// So many combinations of labels, from the slot `first` on, each `stride` slots after the one before.
    Static { combinations: u32, slots: Slots, first: u32, stride: u32, labels: StaticLabels },
    /// As they are used.
    Dynamic(DynamicFamily),
}

impl CallLayout {
    /// That of a function with these labels and these buckets.
    #[cold]
    pub(super) fn new(function: Cow<'static, str>, labels: &[LabelDeclaration], buckets: &Buckets) -> Self {
        let bounds: Box<[f64]> = buckets.bounds().into();
        let cells = Self::cells(&bounds);
        let (series, cells) = match Self::combinations(labels) {
            Some(combinations) => {
                let slots = Slots::new();
                let first = slots.first(cells, combinations);
                let stride = cells.stride(combinations).unwrap_or_default();
                (Series::Static { combinations, slots, first, stride, labels: StaticLabels::new() }, cells)
            }
            None => (Series::Dynamic(DynamicFamily::new(SeriesOptions::new())), cells.recycled()),
        };
        CallLayout { function, bounds, cells, series }
    }

    /// The cells of one series with these bounds.
    fn cells(bounds: &[f64]) -> Layout {
        Layout::level_and_distributions(CallOutcome::ALL.len() as u8, bounds.len() as u32 + 1)
    }

    /// How many combinations of labels there are, if all values are known.
    fn combinations(labels: &[LabelDeclaration]) -> Option<u32> {
        let mut counts = labels.iter().map(LabelDeclaration::values);
        let product = counts.try_fold(1_usize, |product, count| Some(product.saturating_mul(count?)))?;
        Some(u32::try_from(product).unwrap_or(u32::MAX))
    }

    /// Returns the bytes of cell space that the series of a function take from the start on.
    pub(super) fn static_bytes(labels: &[LabelDeclaration], buckets: &Buckets) -> u64 {
        let Some(combinations) = Self::combinations(labels) else { return 0 };
        match Self::cells(&buckets.bounds()).stride(combinations) {
            Some(stride) => u64::from(combinations) * u64::from(stride) * size_of::<u64>() as u64,
            None => u64::MAX,
        }
    }

    /// The durations of the calls that ended so, of the series with these cells.
    #[inline]
    pub(super) fn durations(&self, cells: CellRef, outcome: CallOutcome) -> HistogramSeries<'_> {
        HistogramSeries::at(cells.after(self.cells.distribution_at(outcome as u32)), &self.bounds)
    }
}
