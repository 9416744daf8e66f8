//! The catalog of metrics, checks and spans linked into the program, with their source locations.

use super::SPANS;
use super::metrics::Metrics;
use super::slices::linked_checks;
use crate::descriptor::{CheckDescriptor, CheckKinds, Location, MetricKind};
use crate::trace::SpanSite;
use std::collections::BTreeSet;
use std::time::Duration;

/// The metrics, health checks and spans linked into the program, each sorted by name.
///
/// ```standalone_crate
/// # extern crate ops_core as ops;
/// /// Orders accepted.
/// #[ops::metric]
/// static ORDERS: ops::Counter;
///
/// let catalog = ops::catalog();
/// let orders = catalog.metrics().find(|metric| metric.name == "orders_total").unwrap();
/// assert_eq!(orders.help, "Orders accepted.");
/// ```
#[derive(Clone, Debug)]
pub struct Catalog {
    metrics: Vec<CatalogMetric>,
    checks: Vec<CatalogCheck>,
    spans: Vec<CatalogSpan>,
}

/// A metric of the [`Catalog`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CatalogMetric {
    /// The full name, such as `orders_total`.
    pub name: String,
    /// The help text.
    pub help: String,
    /// The unit, such as `seconds`.
    pub unit: Option<&'static str>,
    /// The kind of metric.
    pub kind: MetricKind,
    /// The label names.
    pub labels: Vec<&'static str>,
    /// The source location of the declaration.
    pub location: Location,
}

/// A health check of the [`Catalog`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CatalogCheck {
    /// The name.
    pub name: String,
    /// The help text.
    pub help: &'static str,
    /// The kinds: liveness, readiness or startup.
    pub kinds: CheckKinds,
    /// `true` if a failure makes the program unhealthy, `false` if it makes it degraded.
    pub critical: bool,
    /// The time limit of one run.
    pub timeout: Duration,
    /// The tags, by which the check can be filtered.
    pub tags: &'static [&'static str],
    /// The source location of the declaration.
    pub location: Option<Location>,
}

/// A span of the [`Catalog`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CatalogSpan {
    /// The name.
    pub name: &'static str,
    /// The source location of the declaration.
    pub location: Location,
}

impl Catalog {
    /// Creates a catalog of the linked metrics of `metrics` and the checks and spans of the program.
    pub fn of(metrics: &Metrics) -> Self {
        let metrics = metrics.linked().families().filter_map(|family| {
            Some(CatalogMetric {
                name: family.name.clone(),
                help: family.help.clone(),
                unit: family.unit,
                kind: family.kind,
                labels: family.labels.clone(),
                location: family.location?,
            })
        });
        let mut checks: Vec<_> = linked_checks().map(|check| CatalogCheck::of(check.descriptor())).collect();
        checks.sort_by(|a, b| (&a.name, a.location).cmp(&(&b.name, b.location)));
        let span = |site: &SpanSite| CatalogSpan { name: site.name(), location: site.location() };
        let mut spans: Vec<_> = SPANS.iter().map(span).collect();
        spans.sort_by_key(|span| (span.name, span.location));
        Catalog { metrics: metrics.collect(), checks, spans }
    }

    /// Returns the metrics, sorted by name.
    pub fn metrics(&self) -> impl Iterator<Item = &CatalogMetric> {
        self.metrics.iter()
    }

    /// Returns the health checks, sorted by name.
    pub fn checks(&self) -> impl Iterator<Item = &CatalogCheck> {
        self.checks.iter()
    }

    /// Returns the spans, sorted by name.
    pub fn spans(&self) -> impl Iterator<Item = &CatalogSpan> {
        self.spans.iter()
    }

    /// Returns the names of the packages with registrations, sorted.
    ///
    /// An annotated crate that is missing here is not linked into the program.
    pub fn packages(&self) -> Vec<&'static str> {
        let metrics = self.metrics.iter().map(|metric| metric.location.package);
        let checks = self.checks.iter().filter_map(|check| Some(check.location?.package));
        let spans = self.spans.iter().map(|span| span.location.package);
        metrics.chain(checks).chain(spans).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl CatalogCheck {
    fn of(descriptor: &CheckDescriptor) -> Self {
        CatalogCheck {
            name: descriptor.name().to_owned(),
            help: descriptor.help,
            kinds: descriptor.kinds,
            critical: descriptor.critical,
            timeout: descriptor.timeout,
            tags: descriptor.tags,
            location: descriptor.location,
        }
    }
}
