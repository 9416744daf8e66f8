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
}

impl Source {
    /// Hands over each series, by labels.
    pub(crate) fn collect(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        match self {
            Source::Linked(instrument, part) => instrument.collect(*part, reader, series),
            Source::Runtime(family) => family.instrument().collect(0, reader, series),
        }
    }
}
