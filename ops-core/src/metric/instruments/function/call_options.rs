//! What an annotated function declares beside its name.

use super::label_declaration::LabelDeclaration;
use super::outcome_cells::OutcomeCells;
use crate::metric::buckets::DurationBuckets;
use crate::metric::cells::Layout;
use crate::metric::series::SeriesOptions;

/// The options of an annotated function.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallOptions {
    /// The labels that are known as a call begins.
    pub(super) labels: &'static [LabelDeclaration],
    /// The names of the labels that are computed from the returned value.
    pub(super) result_labels: &'static [&'static str],
    pub(super) durations: DurationBuckets,
    pub(super) series: SeriesOptions,
}

impl CallOptions {
    /// No labels, and the default buckets.
    pub(super) const fn new() -> Self {
        CallOptions {
            labels: &[],
            result_labels: &[],
            durations: DurationBuckets::Default,
            series: SeriesOptions::new(),
        }
    }

    /// Returns the cells of one series: a level of running calls, with `result_labels` a counter of the calls that ended in a
    /// result series, and the cells of ended ones.
    pub(super) fn layout(&self, outcomes: &OutcomeCells) -> Layout {
        outcomes.layout().after_level_and_counters(u8::from(!self.result_labels.is_empty()))
    }

    /// Returns the number of combinations of label values if the label set is static.
    pub(super) fn static_combinations(&self) -> Option<u32> {
        let mut counts = self.labels.iter().map(LabelDeclaration::values);
        let combinations = counts.try_fold(1_usize, |product, count| Some(product.saturating_mul(count?)))?;
        Some(u32::try_from(combinations).unwrap_or(u32::MAX))
    }

    /// Returns the bytes of cell space that the series take from the start on.
    pub(super) fn static_bytes(&self, outcomes: &OutcomeCells) -> u64 {
        self.static_combinations().map_or(0, |combinations| self.layout(outcomes).bytes(combinations))
    }
}
