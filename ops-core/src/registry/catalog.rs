//! Everything that is linked into the program, with its place in the source.

use super::SPANS;
use super::metrics::Metrics;
use super::slices::linked_checks;
use crate::descriptor::{CheckDescriptor, CheckKinds, Location, MetricKind};
use crate::trace::SpanSite;
use std::collections::BTreeSet;
use std::time::Duration;

/// Everything that is linked into the program: metrics, checks and spans, each sorted by name.
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
    /// The whole name, as `orders_total`.
    pub name: String,
    /// What it says.
    pub help: String,
    /// What is measured, as `seconds`.
    pub unit: Option<&'static str>,
    /// What it is.
    pub kind: MetricKind,
    /// The names of its labels.
    pub labels: Vec<&'static str>,
    /// Where it is declared.
    pub location: Location,
}

/// A health check of the [`Catalog`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CatalogCheck {
    /// What it is called.
    pub name: String,
    /// What it says.
    pub help: &'static str,
    /// What it decides about.
    pub kinds: CheckKinds,
    /// Whether a failure makes the program unhealthy, or degraded only.
    pub critical: bool,
    /// How long one run may take.
    pub timeout: Duration,
    /// Words to find it by.
    pub tags: &'static [&'static str],
    /// Where it is declared.
    pub location: Option<Location>,
}

/// A span of the [`Catalog`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CatalogSpan {
    /// What it is called.
    pub name: &'static str,
    /// Where it is declared.
    pub location: Location,
}

impl Catalog {
    /// Creates the catalog of the metrics in `metrics`, and of the checks and spans that are linked into the program.
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

    /// The metrics, by name.
    pub fn metrics(&self) -> impl Iterator<Item = &CatalogMetric> {
        self.metrics.iter()
    }

    /// The health checks, by name.
    pub fn checks(&self) -> impl Iterator<Item = &CatalogCheck> {
        self.checks.iter()
    }

    /// The spans, by name.
    pub fn spans(&self) -> impl Iterator<Item = &CatalogSpan> {
        self.spans.iter()
    }

    /// The packages that declare something, by name: a crate that is missing here is not linked.
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
