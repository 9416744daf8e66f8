//! The series of counters, histograms and summaries, whose cells are sharded by thread.

use super::cell_source::CellsOf;
use super::dynamic_family::DynamicFamily;
use super::labeled::{Labeled, SeriesCells};
use super::series_options::SeriesOptions;
use super::static_labels::{StaticLabels, static_combinations};
use crate::metric::cells::slots::Slots;
use crate::metric::cells::space::MAX_BYTES;
use crate::metric::cells::{CellRef, Layout, Reader};
use crate::metric::labels::Labels;
use std::fmt;
use std::marker::PhantomData;

/// The series of an instrument with the label set `L`.
pub(crate) struct SeriesFamily<L> {
    static_slots: Slots,
    static_labels: StaticLabels,
    dynamic: DynamicFamily,
    /// Name of a declared option that has no effect on a static label set.
    dynamic_option: Option<&'static str>,
    labels: PhantomData<fn(&L)>,
}

impl<L> SeriesFamily<L> {
    pub(crate) const fn new(options: SeriesOptions) -> Self {
        SeriesFamily {
            static_slots: Slots::new(),
            static_labels: StaticLabels::new(),
            dynamic: DynamicFamily::new(options),
            dynamic_option: options.declared_option(),
            labels: PhantomData,
        }
    }

    /// Frees the cells of all series, which have this layout. No handles may exist.
    pub(crate) fn release(&mut self, layout: Layout) {
        self.dynamic.release(&layout);
    }
}

impl<L: Labels> SeriesFamily<L> {
    /// Returns the layout for this label set: recycled if it is dynamic.
    #[inline(always)]
    pub(crate) fn layout(layout: Layout) -> Layout {
        if L::combinations().is_some() { layout } else { layout.recycled() }
    }

    /// Returns the cells of the series with these labels.
    #[inline(always)]
    pub(crate) fn cells(&self, labels: &L::Borrowed<'_>, layout: impl Fn() -> Layout) -> CellRef {
        match static_combinations::<L>() {
            Some(combinations) => {
                let layout = layout();
                let first = self.static_slots.first(layout, combinations);
                CellRef::permanent(first + labels.index() as u32 * stride(layout, combinations))
            }
            None => self.dynamic.cells(labels, &CellsOf(layout)),
        }
    }

    /// Returns the first slot and the stride of a static label set, or `None` if it is dynamic.
    pub(crate) fn static_series(&self, layout: Layout) -> Option<(u32, u32)> {
        let combinations = static_combinations::<L>()?;
        Some((self.static_slots.first(layout, combinations), stride(layout, combinations)))
    }

    /// Calls `series` with batches of series of a dynamic label set; `value` reads the value of a series.
    ///
    /// The series are sorted by labels. Removes expired series first. Returns `false` and does nothing if the label set is
    /// static.
    pub(crate) fn for_each_batch<V: Copy + Default>(
        &self,
        reader: &Reader,
        layout: Layout,
        mut value: impl FnMut(CellRef) -> V,
        series: impl FnMut(&[Labeled<'_, V>]),
    ) -> bool {
        let is_dynamic = static_combinations::<L>().is_none();
        if is_dynamic {
            self.expire(reader, layout);
            self.dynamic.for_each_batch(&layout, |series| value(series.cells), series);
        }
        is_dynamic
    }

    /// Calls `series` with the labels and cells of each series, sorted by labels.
    ///
    /// Removes expired series first.
    pub(crate) fn for_each(&self, reader: &Reader, layout: Layout, mut series: impl FnMut(&str, SeriesCells)) {
        let Some(combinations) = static_combinations::<L>() else {
            self.expire(reader, layout);
            return self.dynamic.for_each(&layout, series);
        };
        let first = self.static_slots.first(layout, combinations);
        if CellRef::permanent(first).is_sink() {
            return;
        }
        let stride = stride(layout, combinations);
        self.static_labels.for_each(combinations, &L::write_nth, |labels, n| {
            series(labels, SeriesCells::new(CellRef::permanent(first + n * stride)));
        });
    }

    fn expire(&self, reader: &Reader, layout: Layout) {
        self.dynamic.expire(&layout, reader.now(), |cells| reader.activity(layout, cells));
    }

    /// Returns `true` if no two series have the same labels.
    pub(crate) fn has_unique_series(&self, layout: Layout) -> bool {
        static_combinations::<L>().is_none_or(|combinations| {
            self.static_bytes(layout) > MAX_BYTES || self.static_labels.are_unique(combinations, &L::write_nth)
        })
    }

    /// Returns the cell space that a static label set needs, in bytes; 0 for a dynamic label set.
    pub(crate) fn static_bytes(&self, layout: Layout) -> u64 {
        static_combinations::<L>().map_or(0, |combinations| layout.bytes(combinations))
    }

    /// Returns the name of a declared option that has no effect, because the label set is static.
    pub(crate) fn unused_option(&self) -> Option<&'static str> {
        self.dynamic_option.filter(|_| static_combinations::<L>().is_some())
    }

    /// Sets the series limit of a dynamic label set without a declared limit.
    pub(crate) fn set_default_max_series(&self, max_series: u32) {
        self.dynamic.limit().set_default(max_series);
    }

    /// Returns the number of lookups that went to the overflow series.
    pub(crate) fn overflowed(&self) -> u64 {
        self.dynamic.limit().overflowed()
    }

    /// Returns `true` if the cell space was exhausted when a series was created.
    pub(crate) fn found_no_space(&self) -> bool {
        self.dynamic.limit().found_no_space() || self.static_slots.found_no_space()
    }

    /// Returns the number of removals.
    pub(crate) fn removals(&self) -> u64 {
        self.dynamic.removals()
    }

    /// Removes the series with these labels. Returns `true` if it existed.
    ///
    /// Series of a static label set are never removed.
    pub(crate) fn remove(&self, labels: &L::Borrowed<'_>, layout: Layout) -> bool {
        static_combinations::<L>().is_none() && self.dynamic.remove(labels, &layout)
    }

    /// Removes all series; series of a static label set are never removed.
    pub(crate) fn clear(&self, layout: Layout) {
        if static_combinations::<L>().is_none() {
            self.dynamic.clear(&layout);
        }
    }

    pub(crate) fn label_names() -> Vec<&'static str> {
        let mut names = Vec::new();
        L::names(&mut names);
        names
    }
}

/// Returns the distance between adjacent series, or 0 if a series does not fit in a segment.
#[inline(always)]
fn stride(layout: Layout, combinations: u32) -> u32 {
    layout.stride(combinations).unwrap_or_default()
}

impl<L: Labels> fmt::Debug for SeriesFamily<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeriesFamily").field("labels", &Self::label_names()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Counter, LabelValue, Labels, Metrics};

    #[derive(LabelValue, Clone, Copy)]
    enum Tier {
        #[label("")]
        None,
        Gold,
    }

    #[derive(Labels)]
    struct Member<'a> {
        name: Option<&'a str>,
        tier: Option<Tier>,
    }

    #[test]
    fn empty_labels_equal_absent_labels_in_dynamic_label_sets() {
        let counter = Counter::<Member<'static>>::new();
        counter.with(&Member { name: None, tier: None }).add(3);
        counter.with(&Member { name: Some(""), tier: Some(Tier::None) }).add(40);
        counter.with(&Member { name: Some("a"), tier: Some(Tier::Gold) }).inc();
        let metrics = Metrics::new();
        metrics.register("members", "", None, counter).unwrap();
        assert_eq!(
            metrics.to_text(),
            "# TYPE members_total counter\nmembers_total 43\nmembers_total{name=\"a\",tier=\"gold\"} 1\n"
        );
    }

    #[derive(Labels)]
    struct Rank {
        tier: Option<Tier>,
    }

    #[test]
    fn empty_labels_equal_absent_labels_in_static_label_sets() {
        let counter = Counter::<Rank>::new();
        counter.with(&Rank { tier: None }).add(3);
        counter.with(&Rank { tier: Some(Tier::None) }).add(40);
        counter.with(&Rank { tier: Some(Tier::Gold) }).inc();
        let metrics = Metrics::new();
        metrics.register("ranks", "", None, counter).unwrap();
        assert_eq!(metrics.to_text(), "# TYPE ranks_total counter\nranks_total 43\nranks_total{tier=\"gold\"} 1\n");
    }
}
