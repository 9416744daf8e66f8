//! The metrics of this library itself, of which the crate's documentation has the list.

use super::METRICS;
use super::collector::FAILURES;
use super::slices::MetricEntry;
use crate::descriptor::{Location, MetricDescriptor, OWN_PACKAGE};
use crate::metric::ERRORS;

const HERE: Location = Location::new(file!(), line!(), module_path!(), OWN_PACKAGE);

/// Also sees to it that the slice is never empty, which some linkers do not take.
#[expect(unsafe_code, reason = "what the linker gathers says in which section it is")]
#[linkme::distributed_slice(METRICS)]
static METRIC_ERRORS: MetricEntry = MetricEntry::new(
    MetricDescriptor::new("ops_metric_errors", "Measurements that changed nothing, by reason.", None, HERE),
    &ERRORS,
);

#[expect(unsafe_code, reason = "what the linker gathers says in which section it is")]
#[linkme::distributed_slice(METRICS)]
static COLLECTOR_FAILURES: MetricEntry = MetricEntry::new(
    MetricDescriptor::new("ops_collector_failures", "Callbacks that gave nothing to a scrape, by family.", None, HERE),
    &FAILURES,
);
