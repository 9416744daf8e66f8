//! The slots of a function: how many calls are running, and a distribution of durations an outcome, a series.

use super::label::LabelDeclaration;
use crate::metric::buckets::Buckets;
use crate::metric::family::{ClosedLabels, run_of};
use crate::metric::histogram::HistogramSeries;
use crate::metric::open::OpenFamily;
use crate::metric::outcome::CallOutcome;
use crate::metric::slots;

/// How the slots of a function are laid out, found out once.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) bounds: Box<[f64]>,
    /// The slots of one series: how many calls are running, and a distribution of durations an outcome.
    pub(super) width: u32,
    pub(super) series: Series,
}

/// The series of a function.
#[derive(Debug)]
pub(super) enum Series {
    /// So many combinations of labels, from the slot `first` on.
    Closed { combinations: u32, first: u32, labels: ClosedLabels },
    /// As they are used.
    Open(OpenFamily),
}

impl Layout {
    /// That of a function with these labels and these buckets.
    #[cold]
    pub(super) fn new(labels: &[LabelDeclaration], buckets: &Buckets) -> Self {
        let bounds: Box<[f64]> = buckets.bounds().into();
        let width = 1 + CallOutcome::ALL.len() as u32 * HistogramSeries::width(&bounds);
        let mut counts = labels.iter().map(LabelDeclaration::values);
        let product = counts.try_fold(1_usize, |product, count| product.checked_mul(count?));
        let series = match product.and_then(|product| run_of(product, width)) {
            Some(combinations) => Series::Closed {
                combinations,
                first: slots::allocate(combinations * width),
                labels: ClosedLabels::new(),
            },
            None => Series::Open(OpenFamily::new(None, None)),
        };
        Layout { bounds, width, series }
    }

    /// The durations of the calls that ended so, of the series that starts at `slot`.
    #[inline]
    pub(super) fn durations(&self, slot: u32, outcome: CallOutcome) -> HistogramSeries<'_> {
        let bounds = &self.bounds;
        HistogramSeries::at(slot + 1 + outcome as u32 * HistogramSeries::width(bounds), bounds)
    }
}
