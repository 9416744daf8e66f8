//! Sources: the instruments and collected values behind a metric family.

use crate::metric::{Buckets, Instrument, Reader, Total, Value};
use std::sync::Arc;

/// A source of series of a family.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A linked instrument, and the index of its part.
    Linked(&'static dyn Instrument, usize),
    /// An instrument registered at run time, and the index of its part.
    Runtime(Arc<dyn Instrument>, usize),
    /// Values computed in advance, sorted by labels.
    Collected(Arc<[(Box<str>, Value<'static>)]>),
}

impl Source {
    /// Calls `series` with the labels and value of each series.
    pub(crate) fn collect(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        match self {
            Source::Linked(instrument, part) => instrument.collect(*part, reader, series),
            Source::Runtime(instrument, part) => instrument.collect(*part, reader, series),
            Source::Collected(values) => values.iter().for_each(|(labels, value)| series(labels, *value)),
        }
    }

    /// Calls `series` with batches of totals, if the source supports it. Returns `false` otherwise.
    ///
    /// Integer counters with many series support it.
    pub(crate) fn collect_totals(&self, reader: &Reader, series: &mut dyn FnMut(&[Total<'_>])) -> bool {
        match self {
            Source::Linked(instrument, 0) => instrument.collect_totals(reader, series),
            Source::Runtime(instrument, 0) => instrument.collect_totals(reader, series),
            _ => false,
        }
    }

    /// Returns `true` if [`collect`](Self::collect) yields every label set once, sorted by labels.
    pub(crate) fn has_unique_series(&self) -> bool {
        match self {
            Source::Linked(instrument, _) => instrument.has_unique_series(),
            Source::Runtime(instrument, _) => instrument.has_unique_series(),
            Source::Collected(_) => true,
        }
    }

    /// Returns `true` if a series did not fit in the cell space.
    ///
    /// Only the first part of an instrument reports it.
    pub(crate) fn found_no_space(&self) -> bool {
        match self {
            Source::Linked(instrument, 0) => instrument.found_no_space(),
            Source::Runtime(instrument, 0) => instrument.found_no_space(),
            _ => false,
        }
    }

    /// Sets the series limit, if the instrument declares none.
    pub(crate) fn set_default_max_series(&self, max_series: u32) {
        match self {
            Source::Linked(instrument, 0) => instrument.set_default_max_series(max_series),
            Source::Runtime(instrument, 0) => instrument.set_default_max_series(max_series),
            _ => {}
        }
    }

    /// Sets the duration buckets, if neither the item nor its package declares any.
    pub(crate) fn set_default_duration_buckets(&self, buckets: Buckets) {
        match self {
            Source::Linked(instrument, 0) => instrument.set_default_duration_buckets(buckets),
            Source::Runtime(instrument, 0) => instrument.set_default_duration_buckets(buckets),
            _ => {}
        }
    }

    /// Returns the number of updates beyond the series limit.
    ///
    /// Only the first part of an instrument reports it.
    pub(crate) fn overflowed(&self) -> u64 {
        match self {
            Source::Linked(instrument, 0) => instrument.overflowed(),
            Source::Runtime(instrument, 0) => instrument.overflowed(),
            _ => 0,
        }
    }
}
