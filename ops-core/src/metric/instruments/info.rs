//! Info metrics, which expose facts as labels.

use super::instrument_options::InstrumentOptions;
use crate::descriptor::MetricKind;
use crate::metric::cells::Reader;
use crate::metric::instrument::{Instrument, Part};
use crate::metric::labels::{LabelWriter, Labels};
use crate::metric::value::Value;
use crate::unwind::IgnorePoison;
use std::fmt;
use std::marker::PhantomData;
use std::sync::RwLock;

/// Static facts such as a version or a region, exposed as the labels of a series with the value 1.
///
/// ```
/// # extern crate ops_core as ops;
/// #[derive(ops::Labels)]
/// struct Build<'a> {
///     version: &'a str,
/// }
///
/// /// Build information.
/// #[ops::metric]
/// static SHOP_BUILD: ops::Info<Build<'static>>;
///
/// SHOP_BUILD.set(&Build { version: "1.2.0" });
/// assert!(ops::metrics().to_text().contains("shop_build_info{version=\"1.2.0\"} 1\n"));
/// ```
pub struct Info<L: Labels> {
    labels: RwLock<Option<Box<str>>>,
    facts: PhantomData<fn(&L)>,
}

impl<L: Labels> Info<L> {
    /// Creates an info metric without facts, which exposes no series.
    pub const fn new() -> Self {
        Info { labels: RwLock::new(None), facts: PhantomData }
    }

    /// Creates an info metric with the options of `#[metric]`.
    #[doc(hidden)]
    #[track_caller]
    pub const fn with_options(options: InstrumentOptions) -> Self {
        options.without_buckets().without_series();
        Self::new()
    }

    /// Sets the facts, replacing the previous ones.
    pub fn set(&self, facts: &L::Borrowed<'_>) {
        let mut text = String::new();
        facts.write(&mut LabelWriter::new(&mut text));
        *self.labels.write().ignore_poison() = Some(text.into());
    }

    /// Removes the facts: no series is exposed until new ones are set.
    pub fn clear(&self) {
        *self.labels.write().ignore_poison() = None;
    }
}

impl<L: Labels> Default for Info<L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<L: Labels> Instrument for Info<L> {
    fn parts(&self) -> Vec<Part> {
        let mut names = Vec::new();
        L::names(&mut names);
        vec![Part::whole(MetricKind::Info, names)]
    }

    fn collect(&self, _part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let labels = self.labels.read().ignore_poison().clone();
        if let Some(labels) = labels {
            series(&labels, Value::Info);
        }
    }

    fn overflowed(&self) -> u64 {
        0
    }
}

impl<L: Labels> fmt::Debug for Info<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Info").finish_non_exhaustive()
    }
}
