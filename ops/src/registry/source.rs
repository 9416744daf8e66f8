//! What fills a family.

use super::runtime::RuntimeFamily;
use crate::metric::{Instrument, Reader, Value};
use std::sync::Arc;

/// What fills a family, or a part of it.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The part of this number of an instrument that is linked.
    Linked(&'static dyn Instrument, usize),
    /// An instrument made at run time.
    Runtime(Arc<RuntimeFamily>),
    /// How often these families were asked for a series past their limit.
    Overflow(Vec<(String, u64)>),
}

impl Source {
    /// Hands over each series, by labels.
    pub(crate) fn collect(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        match self {
            Source::Linked(instrument, part) => instrument.collect(*part, reader, series),
            Source::Runtime(family) => family.instrument().collect(0, reader, series),
            Source::Overflow(families) => {
                for (family, times) in families {
                    series(&format!("family=\"{family}\""), Value::counter(*times));
                }
            }
        }
    }

    /// How often a series was asked for past the limit.
    pub(crate) fn overflowed(&self) -> u64 {
        match self {
            Source::Linked(instrument, 0) => instrument.overflowed(),
            Source::Linked(..) | Source::Overflow(_) => 0,
            Source::Runtime(family) => family.instrument().overflowed(),
        }
    }
}
