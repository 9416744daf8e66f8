//! What every instrument is to the registry: families with a name, and the values of their series.

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
    /// The families that it fills.
    fn parts(&self) -> Vec<Part>;

    /// Hands over each series of the family number `part`, by labels: those as `name="value",…`, and the value.
    ///
    /// Never runs code of the user.
    fn collect(&self, part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>));

    #[doc(hidden)]
    /// Hands over what [`collect`](Self::collect) does a few series at once, without exemplars, if this is an instrument
    /// that has many series and counts whole things; whether it is.
    fn collect_totals(&self, reader: &Reader, series: &mut dyn FnMut(&[Total<'_>])) -> bool {
        let _ = (reader, series);
        false
    }

    /// Sets the largest number of series of each family that declares no `max_series` of its own.
    ///
    /// Called by the registry that serves the instrument, with [the default](crate::Metrics::set_default_max_series) that
    /// was set for it. An instrument whose number of series is fixed ignores it.
    fn set_default_max_series(&self, max_series: u32) {
        let _ = max_series;
    }

    /// Sets the buckets of durations that neither the item nor its package declares.
    ///
    /// Called by the registry that serves the instrument, with
    /// [the default](crate::Metrics::set_default_duration_buckets) that was set for it. An instrument other than the durations
    /// of a function or a span ignores it.
    fn set_default_duration_buckets(&self, buckets: Buckets) {
        let _ = buckets;
    }

    /// How often a series was asked for when there were as many as there may be.
    fn overflowed(&self) -> u64;

    /// Returns `true` if [`collect`](Self::collect) hands over every label set of a family once, in the order of its text.
    ///
    /// The series of other instruments are sorted, and repeated ones merged, each time that they are read.
    #[doc(hidden)]
    fn has_unique_series(&self) -> bool {
        false
    }

    /// Returns `true` if there was no [cell space](crate::metric::set_cell_space) for a series: its updates are counted in the
    /// overflow series of its family.
    fn found_no_space(&self) -> bool {
        false
    }

    /// Returns the bytes of [cell space](crate::metric::set_cell_space) that its series take from the start on, as those of a static
    /// label set do.
    fn static_bytes(&self) -> u64 {
        0
    }

    /// An option that is set and has no effect, as `max_series` of a static label set.
    fn unused_option(&self) -> Option<&'static str> {
        None
    }
}

/// One family of an [`Instrument`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Part {
    /// What the name of the instrument ends in for this family; empty for the only family of an instrument.
    pub suffix: &'static str,
    /// What the family is.
    pub kind: MetricKind,
    /// The unit of this family, where it is another than the instrument's own.
    pub unit: Option<&'static str>,
    /// What the family says, where that is another help than the instrument's own.
    pub help: Option<String>,
    /// The names of its labels.
    pub labels: Vec<&'static str>,
}

impl Part {
    /// One of several families of an instrument; its name is that of the instrument and `suffix`.
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

    /// Sets the names of the labels.
    #[must_use]
    pub fn labels(self, labels: Vec<&'static str>) -> Self {
        Part { labels, ..self }
    }

    /// The only family of an instrument.
    pub fn whole(kind: MetricKind, labels: Vec<&'static str>) -> Self {
        Part { suffix: "", kind, unit: None, help: None, labels }
    }
}
