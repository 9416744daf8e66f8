//! The slots of a function: how many calls are running, and a distribution of durations an outcome, a series.

use super::call_outcome::CallOutcome;
use super::label_declaration::LabelDeclaration;
use crate::metric::cells::slots;
use crate::metric::distribution::Buckets;
use crate::metric::instruments::HistogramSeries;
use crate::metric::series::{DynamicFamily, SeriesOptions, StaticLabels, run_of};
use std::borrow::Cow;

/// How the slots of a function are laid out, found out once.
#[derive(Debug)]
pub(super) struct CallLayout {
    /// The name of the function in the shared families.
    pub(super) function: Cow<'static, str>,
    pub(super) bounds: Box<[f64]>,
    /// The slots of one series: how many calls are running, and a distribution of durations an outcome.
    pub(super) width: u32,
    pub(super) series: Series,
}

/// The series of a function.
#[derive(Debug)]
pub(super) enum Series {
    /// So many combinations of labels, from the slot `first` on.
    Static { combinations: u32, first: u32, labels: StaticLabels },
    /// As they are used.
    Dynamic(DynamicFamily),
}

impl CallLayout {
    /// That of a function with these labels and these buckets.
    #[cold]
    pub(super) fn new(function: Cow<'static, str>, labels: &[LabelDeclaration], buckets: &Buckets) -> Self {
        let bounds: Box<[f64]> = buckets.bounds().into();
        let width = 1 + CallOutcome::ALL.len() as u32 * HistogramSeries::width(&bounds);
        let mut counts = labels.iter().map(LabelDeclaration::values);
        let product = counts.try_fold(1_usize, |product, count| product.checked_mul(count?));
        let series = match product.and_then(|product| run_of(product, width)) {
            Some(combinations) => Series::Static {
                combinations,
                first: slots::allocate(combinations * width),
                labels: StaticLabels::new(),
            },
            None => Series::Dynamic(DynamicFamily::new(SeriesOptions::new())),
        };
        CallLayout { function, bounds, width, series }
    }

    /// The durations of the calls that ended so, of the series that starts at `slot`.
    #[inline]
    pub(super) fn durations(&self, slot: u32, outcome: CallOutcome) -> HistogramSeries<'_> {
        let bounds = &self.bounds;
        HistogramSeries::at(slot + 1 + outcome as u32 * HistogramSeries::width(bounds), bounds)
    }
}
