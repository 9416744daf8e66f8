//! Snapshots of a registry at one time, from which the exposition formats are written.

mod merge;

use crate::clock;
use crate::descriptor::MetricKind;
use crate::metric::{Reader, Total, Value};
use crate::name;
use crate::registry::{Duplicates, FamilyInfo, Metrics, Source};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The metric families of a registry at one time, sorted by name.
///
/// The families and the thread-local cells to read are fixed when the snapshot is created. Values of instruments are read lazily,
/// one series at a time; only the series of collector callbacks are held in memory.
#[derive(Debug)]
pub struct Snapshot {
    families: Vec<(FamilyInfo, Vec<Source>)>,
    reader: Reader,
    created: f64,
    duplicates: Arc<Duplicates>,
}

/// A metric family of a [`Snapshot`].
#[derive(Clone, Copy, Debug)]
pub struct Family<'a> {
    info: &'a FamilyInfo,
    sources: &'a [Source],
    reader: &'a Reader,
    duplicates: &'a Duplicates,
}

/// Default time limit of collector callbacks.
const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(1);
/// Maximum time limit of collector callbacks.
const MAX_TIME_LIMIT: Duration = Duration::from_secs(86_400);

/// Snapshot constructors; defined here because the registry does not depend on this module.
impl Metrics {
    /// Takes a snapshot, with a time limit of 1 s for collector callbacks.
    ///
    /// See [`snapshot_within`](Metrics::snapshot_within).
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_within(DEFAULT_TIME_LIMIT)
    }

    /// Takes a snapshot, without the series of callbacks that do not finish within `collectors`.
    ///
    /// All callbacks run concurrently, so this is the total wait; it is limited to one day. No other user code runs.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use std::time::Duration;
    ///
    /// let metrics = ops::Metrics::new();
    /// metrics.collect_gauge("sensor_volts", "", |_| loop { std::thread::park() })?.forever();
    /// assert_eq!(metrics.snapshot_within(Duration::from_millis(1)).families().count(), 0);
    /// # Ok::<(), ops::registry::MetricError>(())
    /// ```
    pub fn snapshot_within(&self, collectors: Duration) -> Snapshot {
        let now = self.clock().now();
        let families = self.families(now, Instant::now() + collectors.min(MAX_TIME_LIMIT));
        let duplicates = self.duplicates().clone();
        Snapshot { families, reader: Reader::at(now), created: clock::process_start_time(), duplicates }
    }
}

impl Snapshot {
    /// Returns the default creation time of series: the process start, in seconds since the Unix epoch.
    pub fn created(&self) -> f64 {
        self.created
    }

    /// Returns the families, sorted by name.
    pub fn families(&self) -> impl Iterator<Item = Family<'_>> {
        let Snapshot { families, reader, duplicates, .. } = self;
        families.iter().map(move |(info, sources)| Family { info, sources, reader, duplicates })
    }
}

impl<'a> Family<'a> {
    /// Returns the name, type and other metadata of the family.
    pub fn info(self) -> &'a FamilyInfo {
        self.info
    }

    /// Returns this family with its metadata replaced by `info`.
    pub(crate) fn with_info(self, info: &'a FamilyInfo) -> Self {
        Family { info, ..self }
    }

    /// Calls `series` with the labels and value of each series, sorted by labels.
    ///
    /// Labels have the form `name="value",…`, escaped as in the text formats.
    pub fn for_each(self, mut series: impl FnMut(&str, Value<'_>)) {
        if self.info.kind != MetricKind::StateSet {
            return self.collect(&mut series);
        }
        // The label that holds the state has the name of the family.
        let name = match name::is_metric_name(&self.info.name) {
            true => Cow::Borrowed(self.info.name.as_str()),
            false => Cow::Owned(name::quoted(&self.info.name)),
        };
        let mut named = String::new();
        self.collect(&mut |state, value| {
            named.clear();
            named.extend([&*name, state]);
            series(&named, value);
        });
    }

    /// Calls `series` with batches of totals, if the family supports it. Returns `false` otherwise.
    ///
    /// Integer counters with many series support it. Exemplars are omitted.
    pub(crate) fn for_each_total(self, mut series: impl FnMut(&[Total<'_>])) -> bool {
        match self.sources {
            [source] => source.collect_totals(self.reader, &mut series),
            _ => false,
        }
    }

    #[inline]
    fn collect(self, series: &mut dyn FnMut(&str, Value<'_>)) {
        match self.sources {
            [source] if source.has_unique_series() => source.collect(self.reader, series),
            sources => merge::merge(sources, self.reader, series, |labels| self.duplicates.record(self.info, labels)),
        }
    }

    /// Returns `true` if the value of any series differs from its initial value; see [`Value::is_used`].
    pub fn is_used(self) -> bool {
        let mut used = false;
        self.for_each(|_, value| used |= value.is_used());
        used
    }
}
