//! Metrics about this library itself; the documentation of `ops` lists them.

use super::METRICS;
use super::collector::FAILURES;
use super::slices::MetricEntry;
use crate::descriptor::{Location, MetricDescriptor, OWN_PACKAGE};
use crate::metric::ERRORS;

const HERE: Location = Location::new(file!(), line!(), module_path!(), OWN_PACKAGE);

/// The family `ops_metric_errors_total`.
///
/// This entry also ensures that the slice is never empty, which some linkers do not support.
#[expect(unsafe_code, reason = "`distributed_slice` expands to the unsafe attribute `link_section`")]
#[linkme::distributed_slice(METRICS)]
static METRIC_ERRORS: MetricEntry = MetricEntry::new(
    MetricDescriptor::new("ops_metric_errors", "Invalid measurements that were dropped, by reason.", None, HERE),
    &ERRORS,
);

/// The family `ops_collector_failures_total`.
#[expect(unsafe_code, reason = "`distributed_slice` expands to the unsafe attribute `link_section`")]
#[linkme::distributed_slice(METRICS)]
static COLLECTOR_FAILURES: MetricEntry = MetricEntry::new(
    MetricDescriptor::new(
        "ops_collector_failures",
        "Collector callbacks that panicked or timed out, by family.",
        None,
        HERE,
    ),
    &FAILURES,
);
