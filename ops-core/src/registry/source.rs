//! What fills a family.

use crate::metric::{Buckets, Instrument, Reader, Total, Value};
use std::sync::Arc;

/// What fills a family, or a part of it.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The part of this number of an instrument that is linked.
    Linked(&'static dyn Instrument, usize),
    /// The part of this number of an instrument made at run time.
    Runtime(Arc<dyn Instrument>, usize),
    /// Values that were read already, by labels.
    Collected(Arc<[(Box<str>, Value<'static>)]>),
}

impl Source {
    /// Hands over each series, by labels.
    pub(crate) fn collect(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        match self {
            Source::Linked(instrument, part) => instrument.collect(*part, reader, series),
            Source::Runtime(instrument, part) => instrument.collect(*part, reader, series),
            Source::Collected(values) => values.iter().for_each(|(labels, value)| series(labels, *value)),
        }
    }

    /// Hands over the totals of a counter of whole things that has many series, a few at once; whether it is one.
    pub(crate) fn collect_totals(&self, reader: &Reader, series: &mut dyn FnMut(&[Total<'_>])) -> bool {
        match self {
            Source::Linked(instrument, 0) => instrument.collect_totals(reader, series),
            Source::Runtime(instrument, 0) => instrument.collect_totals(reader, series),
            _ => false,
        }
    }

    /// Returns `true` if [`collect`](Self::collect) hands over every label set once, in the order of its text.
    pub(crate) fn has_unique_series(&self) -> bool {
        match self {
            Source::Linked(instrument, _) => instrument.has_unique_series(),
            Source::Runtime(instrument, _) => instrument.has_unique_series(),
            Source::Collected(_) => true,
        }
    }

    /// Returns `true` if there was no cell space for a series; said once an instrument.
    pub(crate) fn found_no_space(&self) -> bool {
        match self {
            Source::Linked(instrument, 0) => instrument.found_no_space(),
            Source::Runtime(instrument, 0) => instrument.found_no_space(),
            _ => false,
        }
    }

    /// Sets the series limit of the families that declare none.
    pub(crate) fn set_default_max_series(&self, max_series: u32) {
        match self {
            Source::Linked(instrument, 0) => instrument.set_default_max_series(max_series),
            Source::Runtime(instrument, 0) => instrument.set_default_max_series(max_series),
            _ => {}
        }
    }

    /// Sets the buckets of durations that neither an item nor its package declares.
    pub(crate) fn set_default_duration_buckets(&self, buckets: Buckets) {
        match self {
            Source::Linked(instrument, 0) => instrument.set_default_duration_buckets(buckets),
            Source::Runtime(instrument, 0) => instrument.set_default_duration_buckets(buckets),
            _ => {}
        }
    }

    /// How often a series was asked for past the limit; said once an instrument.
    pub(crate) fn overflowed(&self) -> u64 {
        match self {
            Source::Linked(instrument, 0) => instrument.overflowed(),
            Source::Runtime(instrument, 0) => instrument.overflowed(),
            _ => 0,
        }
    }
}
