//! Options of function metrics, as declared by `#[metric]`.

use super::label_declaration::LabelDeclaration;
use super::outcome_cells::OutcomeCells;
use crate::metric::buckets::DurationBuckets;
use crate::metric::cells::Layout;
use crate::metric::series::SeriesOptions;

/// The options of an annotated function.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallOptions {
    /// Labels whose values are known when a call starts.
    pub(super) labels: &'static [LabelDeclaration],
    /// Names of the labels computed from the returned value.
    pub(super) result_labels: &'static [&'static str],
    pub(super) durations: DurationBuckets,
    pub(super) series: SeriesOptions,
}

impl CallOptions {
    /// Creates options without labels and with the default buckets.
    pub(super) const fn new() -> Self {
        CallOptions {
            labels: &[],
            result_labels: &[],
            durations: DurationBuckets::Default,
            series: SeriesOptions::new(),
        }
    }

    /// Returns the cell layout of one series.
    ///
    /// In order: the in-flight level, a counter of the calls recorded in a result series if there are `result_labels`, and
    /// the cells of each outcome.
    pub(super) fn layout(&self, outcomes: &OutcomeCells) -> Layout {
        outcomes.layout().after_level_and_counters(u8::from(!self.result_labels.is_empty()))
    }

    /// Returns the number of label value combinations, or `None` for a dynamic label set.
    pub(super) fn static_combinations(&self) -> Option<u32> {
        let mut counts = self.labels.iter().map(LabelDeclaration::values);
        let combinations = counts.try_fold(1_usize, |product, count| Some(product.saturating_mul(count?)))?;
        Some(u32::try_from(combinations).unwrap_or(u32::MAX))
    }

    /// Returns the bytes of cell space that are allocated up front, for a static label set.
    pub(super) fn static_bytes(&self, outcomes: &OutcomeCells) -> u64 {
        self.static_combinations().map_or(0, |combinations| self.layout(outcomes).bytes(combinations))
    }
}
