//! The interface between instruments and the registry.

use super::buckets::Buckets;
use super::cells::Reader;
use super::series::Total;
use super::value::Value;
use crate::descriptor::MetricKind;
use std::fmt::Debug;

/// An instrument that a registry can read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an instrument",
    label = "expected `ops::Counter`, `ops::Gauge`, `ops::Histogram`, `ops::Summary`, `ops::Info` or `ops::StateSet`"
)]
pub trait Instrument: Debug + Send + Sync {
    /// Returns the families that the instrument exposes.
    fn parts(&self) -> Vec<Part>;

    /// Calls `series` with the labels and the value of each series of the family `part`.
    ///
    /// `part` is an index into [`parts`](Self::parts), and labels have the form `name="value",…`. Must not run user code.
    fn collect(&self, part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>));

    #[doc(hidden)]
    /// Collects integer totals in batches, without exemplars. Returns `false` if unsupported.
    ///
    /// Faster than [`collect`](Self::collect) for counters with many series.
    fn collect_totals(&self, reader: &Reader, series: &mut dyn FnMut(&[Total<'_>])) -> bool {
        let _ = (reader, series);
        false
    }

    /// Sets the `max_series` limit of every family that does not declare one.
    ///
    /// Called by the registry with [its default](crate::Metrics::set_default_max_series). Instruments with a fixed number of
    /// series ignore it.
    fn set_default_max_series(&self, max_series: u32) {
        let _ = max_series;
    }

    /// Sets the duration buckets to use if neither the item nor its package declares any.
    ///
    /// Called by the registry with [its default](crate::Metrics::set_default_duration_buckets). Only the duration histograms
    /// of functions and spans use it.
    fn set_default_duration_buckets(&self, buckets: Buckets) {
        let _ = buckets;
    }

    /// Returns the number of series lookups that hit the `max_series` limit or the cell space limit.
    fn overflowed(&self) -> u64;

    /// Returns `true` if `collect` yields each label set of a family once, sorted by its text.
    ///
    /// The series of other instruments are sorted, and duplicates merged, on every scrape.
    #[doc(hidden)]
    fn has_unique_series(&self) -> bool {
        false
    }

    /// Returns `true` if a series did not fit into the [cell space](crate::metric::set_cell_space).
    ///
    /// Updates of such a series go to the overflow series of its family.
    fn found_no_space(&self) -> bool {
        false
    }

    /// Returns the bytes of cell space that are allocated up front, as for static label sets.
    fn static_bytes(&self) -> u64 {
        0
    }

    /// Returns the name of an option that has no effect, such as `max_series` on a static label set.
    fn unused_option(&self) -> Option<&'static str> {
        None
    }
}

/// One family of an [`Instrument`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Part {
    /// Suffix appended to the name of the instrument; empty for the only family of an instrument.
    pub suffix: &'static str,
    /// Metric type of the family.
    pub kind: MetricKind,
    /// Unit of the family, if it differs from that of the instrument.
    pub unit: Option<&'static str>,
    /// Help text of the family, if it differs from that of the instrument.
    pub help: Option<String>,
    /// Names of its labels.
    pub labels: Vec<&'static str>,
}

impl Part {
    /// Creates one of several families of an instrument, named after the instrument plus `suffix`.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::descriptor::MetricKind;
    /// use ops::metric::Part;
    ///
    /// let busy = Part::new("_worker_busy", MetricKind::Counter).unit("seconds").help("Busy time.").labels(vec!["worker"]);
    /// assert_eq!((busy.suffix, busy.unit), ("_worker_busy", Some("seconds")));
    /// ```
    pub const fn new(suffix: &'static str, kind: MetricKind) -> Self {
        Part { suffix, kind, unit: None, help: None, labels: Vec::new() }
    }

    /// Sets the unit of the family.
    #[must_use]
    pub fn unit(self, unit: &'static str) -> Self {
        Part { unit: Some(unit), ..self }
    }

    /// Sets the help text of the family.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Part { help: Some(help.into()), ..self }
    }

    /// Sets the label names of the family.
    #[must_use]
    pub fn labels(self, labels: Vec<&'static str>) -> Self {
        Part { labels, ..self }
    }

    /// Creates the only family of an instrument.
    pub fn whole(kind: MetricKind, labels: Vec<&'static str>) -> Self {
        Part { suffix: "", kind, unit: None, help: None, labels }
    }
}
