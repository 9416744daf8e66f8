//! All that is registered: at link time by the attributes, at run time through [`Metrics`].

mod build_info;
mod catalog;
mod collector;
mod conflict;
mod error;
mod family;
mod link_instrument;
mod linked;
mod metrics;
mod observe;
mod overflow;
mod run;
mod runtime;
mod section;
mod self_metrics;
mod source;
mod table;

pub use build_info::BuildInfo;
pub use catalog::{Catalog, CatalogCheck, CatalogMetric, CatalogSpan};
pub use collector::Collected;
pub use conflict::{Conflict, RegistryError};
pub use error::MetricError;
pub use family::FamilyInfo;
pub use linked::MetricEntry;
pub use metrics::Metrics;
pub use runtime::{AttrCounter, AttrGauge, AttrSummary};
pub use table::Registry;

pub(crate) use linked::linked_checks;
pub(crate) use linked::{OPS_FUNCTIONS as FUNCTIONS, OPS_METRICS as METRICS, OPS_SPANS as SPANS};
#[doc(hidden)]
pub use section::{function_element, metric_element, span_element};
pub(crate) use source::Source;
