//! `/admin/catalog`: the checks, metrics and spans linked into the program.

use crate::admin::context::RequestContext;
use crate::admin::http::{ProblemDetails, QueryParameters};
use crate::admin::limits::BulkheadError;
use crate::descriptor::Location;
use crate::registry::{Catalog, Metrics};
use axum::Json;
use serde::Serialize;
use std::collections::BTreeSet;

/// The matching items, sorted by kind and name.
#[derive(Debug, Serialize)]
pub(crate) struct Listing {
    items: Vec<Item>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Item {
    kind: ItemKind,
    name: String,
    help: String,
    /// Type of a metric (such as `counter`), or the kinds of a check, joined by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// `true` if the metric was updated, the span was entered, or the check is served by the probes.
    used: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum ItemKind {
    Check,
    Metric,
    Span,
}

/// The filter in the query of a request.
#[derive(Debug)]
struct Filter {
    kinds: Vec<ItemKind>,
    text: Vec<String>,
    unused: bool,
}

pub(crate) async fn catalog(context: RequestContext) -> Result<Json<Listing>, ProblemDetails> {
    let filter = Filter::of(&QueryParameters::of(&context.head.uri)?)?;
    let config = &context.state.config;
    let (catalog, metrics, checks) = (config.catalog, config.metrics.clone(), config.health.names());
    // Expensive: detecting used metrics reads all series, as a scrape does.
    let listed = context.state.catalog_calls.run(move || {
        let mut items = items(catalog, &metrics, &checks);
        items.retain(|item| filter.matches(item));
        items
    });
    match listed.await {
        Ok(items) => Ok(Json(Listing { items })),
        Err(BulkheadError::Full | BulkheadError::Stopped) => {
            Err(ProblemDetails::busy("too many concurrent catalog requests; retry after 1 s"))
        }
        Err(BulkheadError::Panicked(_)) => Err(ProblemDetails::internal("cannot read the catalog: internal error")),
    }
}

/// Returns the items of the catalog, sorted by kind and name.
fn items(catalog: &Catalog, metrics: &Metrics, served_checks: &[String]) -> Vec<Item> {
    let snapshot = metrics.snapshot();
    let used: BTreeSet<_> =
        snapshot.families().filter(|family| family.is_used()).map(|family| family.info().name.as_str()).collect();
    let checks = catalog.checks().map(|check| Item {
        help: check.help.to_owned(),
        r#type: Some(check.kinds.as_str()),
        used: served_checks.contains(&check.name),
        ..Item::new(ItemKind::Check, &check.name, check.location)
    });
    let metrics = catalog.metrics().map(|metric| Item {
        help: metric.help.clone(),
        r#type: Some(metric.kind.as_str()),
        unit: metric.unit,
        labels: metric.labels.clone(),
        used: used.contains(metric.name.as_str()),
        ..Item::new(ItemKind::Metric, &metric.name, Some(metric.location))
    });
    let spans = catalog.spans().map(|span| Item {
        used: used.contains(format!("{}_duration_seconds", span.name.replace('.', "_")).as_str()),
        ..Item::new(ItemKind::Span, span.name, Some(span.location))
    });
    checks.chain(metrics).chain(spans).collect()
}

impl Item {
    fn new(kind: ItemKind, name: &str, location: Option<Location>) -> Item {
        Item {
            kind,
            name: name.to_owned(),
            help: String::new(),
            r#type: None,
            unit: None,
            labels: Vec::new(),
            package: location.map(|location| location.package),
            module: location.map(|location| location.module),
            file: location.map(|location| location.file),
            line: location.map(|location| location.line),
            used: false,
        }
    }
}

impl Filter {
    fn of(parameters: &QueryParameters) -> Result<Filter, ProblemDetails> {
        let kinds = parameters.all("kind").map(|kind| match kind {
            "check" => Ok(ItemKind::Check),
            "metric" => Ok(ItemKind::Metric),
            "span" => Ok(ItemKind::Span),
            _ => Err(ProblemDetails::bad_request("invalid `kind`; use `check`, `metric` or `span`")),
        });
        Ok(Filter {
            kinds: kinds.collect::<Result<_, _>>()?,
            text: parameters.all("q").map(str::to_lowercase).collect(),
            unused: parameters.has("unused"),
        })
    }

    fn matches(&self, item: &Item) -> bool {
        let text = format!("{}\n{}", item.name, item.help).to_lowercase();
        (self.kinds.is_empty() || self.kinds.contains(&item.kind))
            && self.text.iter().all(|wanted| text.contains(wanted))
            && !(self.unused && item.used)
    }
}
