//! The series of one instrument: numbered for a static label set, in a table for a dynamic one.

use super::dynamic_family::DynamicFamily;
use super::labelled::Labelled;
use super::series_options::SeriesOptions;
use super::static_labels::{StaticLabels, static_combinations};
use crate::metric::cells::Reader;
use crate::metric::cells::slots::{self, Slots};
use crate::metric::labels::Labels;
use std::fmt;
use std::marker::PhantomData;
use std::time::Instant;

/// The series of an instrument with the label set `L`, each of `width` slots.
pub(crate) struct SeriesFamily<L> {
    static_slots: Slots,
    static_labels: StaticLabels,
    dynamic: DynamicFamily,
    /// The option that a static label set does not use, if it is set.
    dynamic_option: Option<&'static str>,
    labels: PhantomData<fn(&L)>,
}

impl<L> SeriesFamily<L> {
    pub(crate) const fn new(options: SeriesOptions) -> Self {
        SeriesFamily {
            static_slots: Slots::new(),
            static_labels: StaticLabels::new(),
            dynamic: DynamicFamily::new(options),
            dynamic_option: options.set_option(),
            labels: PhantomData,
        }
    }
}

impl<L: Labels> SeriesFamily<L> {
    /// The first of the `width` slots of the series with these labels.
    #[inline(always)]
    pub(crate) fn slot(&self, labels: &L::Borrowed<'_>, width: u32) -> u32 {
        match static_combinations::<L>(width) {
            Some(combinations) => self.static_slots.first(combinations * width) + labels.index() as u32 * width,
            None => self.dynamic.slot(labels, move || slots::allocate(width)),
        }
    }

    /// The first slot of all series of `width` slots, if the label set is static.
    pub(crate) fn first(&self, width: u32) -> Option<u32> {
        static_combinations::<L>(width).map(|combinations| self.static_slots.first(combinations * width))
    }

    /// Hands over the series of a dynamic label set, by labels, a few at once, each with what `value` gives for the first of its
    /// slots; whether it is one. Takes out what has expired.
    pub(crate) fn for_each_few<V: Copy + Default>(
        &self,
        reader: &Reader,
        width: u32,
        value: impl FnMut(u32) -> V,
        series: impl FnMut(&[Labelled<'_, V>]),
    ) -> bool {
        let is_dynamic = static_combinations::<L>(width).is_none();
        if is_dynamic {
            self.dynamic.expire(width, reader.now(), |slot| reader.mark(slot));
            self.dynamic.for_each_few(value, series);
        }
        is_dynamic
    }

    /// Hands over each series, by labels: those, and the first of its slots. Takes out what has expired.
    pub(crate) fn for_each(&self, reader: &Reader, width: u32, mut series: impl FnMut(&str, u32)) {
        let Some(combinations) = static_combinations::<L>(width) else {
            self.dynamic.expire(width, reader.now(), |slot| reader.mark(slot));
            return self.dynamic.for_each(series);
        };
        let first = self.static_slots.first(combinations * width);
        self.static_labels.for_each(combinations, &L::write_nth, |labels, n| series(labels, first + n * width));
    }

    /// Returns `true` if no two series of `width` slots have the same labels.
    pub(crate) fn has_unique_series(&self, width: u32) -> bool {
        static_combinations::<L>(width)
            .is_none_or(|combinations| self.static_labels.are_unique(combinations, &L::write_nth))
    }

    /// Returns an option that is set and has no effect, since all series of `width` slots exist from the start.
    pub(crate) fn unused_option(&self, width: u32) -> Option<&'static str> {
        self.dynamic_option.filter(|_| static_combinations::<L>(width).is_some())
    }

    /// Sets the series limit of a dynamic label set that declares none.
    pub(crate) fn set_default_max_series(&self, max_series: u32) {
        self.dynamic.set_default_max_series(max_series);
    }

    /// How often a series was asked for past the limit.
    pub(crate) fn overflowed(&self) -> u64 {
        self.dynamic.overflowed()
    }

    /// How often series were taken out.
    pub(crate) fn removals(&self) -> u64 {
        self.dynamic.removals()
    }

    /// Takes out the series with these labels; whether it was there. Those of a static label set stay.
    pub(crate) fn remove(&self, labels: &L::Borrowed<'_>, width: u32) -> bool {
        static_combinations::<L>(width).is_none() && self.dynamic.remove(labels, width, Instant::now())
    }

    /// Takes out all series. Those of a static label set stay.
    pub(crate) fn clear(&self, width: u32) {
        if static_combinations::<L>(width).is_none() {
            self.dynamic.clear(width, Instant::now());
        }
    }

    pub(crate) fn label_names() -> Vec<&'static str> {
        let mut names = Vec::new();
        L::names(&mut names);
        names
    }
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
    fn an_empty_label_is_an_absent_label_in_a_dynamic_label_set() {
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
    fn an_empty_label_is_an_absent_label_in_a_static_label_set() {
        let counter = Counter::<Rank>::new();
        counter.with(&Rank { tier: None }).add(3);
        counter.with(&Rank { tier: Some(Tier::None) }).add(40);
        counter.with(&Rank { tier: Some(Tier::Gold) }).inc();
        let metrics = Metrics::new();
        metrics.register("ranks", "", None, counter).unwrap();
        assert_eq!(metrics.to_text(), "# TYPE ranks_total counter\nranks_total 43\nranks_total{tier=\"gold\"} 1\n");
    }
}
