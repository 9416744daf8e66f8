//! What a registry holds at one moment.

mod merge;

use crate::clock;
use crate::descriptor::MetricKind;
use crate::metric::{Reader, Total, Value};
use crate::name;
use crate::registry::{Duplicates, FamilyInfo, Metrics, Source};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The families of a registry at one moment, by name.
///
/// Which families there are, and of which threads they are read, is settled when it is made; the values are read as they
/// are asked for, one series at a time, so that a million series take no memory of their own.
#[derive(Debug)]
pub struct Snapshot {
    families: Vec<(FamilyInfo, Vec<Source>)>,
    reader: Reader,
    created: f64,
    duplicates: Arc<Duplicates>,
}

/// One family of a [`Snapshot`].
#[derive(Clone, Copy, Debug)]
pub struct Family<'a> {
    info: &'a FamilyInfo,
    sources: &'a [Source],
    reader: &'a Reader,
    duplicates: &'a Duplicates,
}

/// How long callbacks are waited for where nothing else is said.
const COLLECTORS: Duration = Duration::from_secs(1);
/// The longest that they are waited for.
const DAY: Duration = Duration::from_secs(86_400);

/// Snapshots, a layer above the registry.
impl Metrics {
    /// What the registry holds now; callbacks have a second to say what is held elsewhere.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_within(COLLECTORS)
    }

    /// What the registry holds now, without the families of callbacks that take longer than `collectors`, all together:
    /// they run at once. Waits a day at most. No other code of the user runs.
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
        let families = self.families(now, Instant::now() + collectors.min(DAY));
        let duplicates = self.duplicates().clone();
        Snapshot { families, reader: Reader::at(now), created: clock::process_start_time(), duplicates }
    }
}

impl Snapshot {
    /// Since when its series count, in seconds since 1970-01-01 UTC: the start of the process.
    pub fn created(&self) -> f64 {
        self.created
    }

    /// The families, by name.
    pub fn families(&self) -> impl Iterator<Item = Family<'_>> {
        let Snapshot { families, reader, duplicates, .. } = self;
        families.iter().map(move |(info, sources)| Family { info, sources, reader, duplicates })
    }
}

impl<'a> Family<'a> {
    /// What it declares.
    pub fn info(self) -> &'a FamilyInfo {
        self.info
    }

    /// This family, declared as `info`.
    pub(crate) fn declared(self, info: &'a FamilyInfo) -> Self {
        Family { info, ..self }
    }

    /// Hands over each series, by labels: those as `name="value",…`, escaped as the text formats want it, and the value.
    pub fn for_each(self, mut series: impl FnMut(&str, Value<'_>)) {
        if self.info.kind != MetricKind::StateSet {
            return self.collect(&mut series);
        }
        // The label of a state is called as the family is.
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

    /// Hands over the totals of a counter of whole things that has many series, a few at once and without exemplars;
    /// whether it is one.
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

    /// Whether anything was ever counted, observed or set in it.
    pub fn is_used(self) -> bool {
        let mut used = false;
        self.for_each(|_, value| used |= value.is_used());
        used
    }
}
