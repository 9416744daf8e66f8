//! All that is registered: at link time by the attributes, at run time through [`Metrics`].

mod build;
mod catalog;
mod collector;
mod conflict;
mod error;
mod family;
mod linked;
mod metrics;
mod observe;
mod overflow;
mod own;
#[cfg(all(feature = "process", target_os = "linux"))]
mod process;
mod run;
mod runtime;
mod section;
mod source;
mod table;
#[cfg(feature = "tokio")]
mod tokio;

pub use build::BuildInfo;
pub use catalog::{Catalog, CatalogCheck, CatalogMetric, CatalogSpan};
pub use collector::Collected;
pub use conflict::{Conflict, RegistryError};
pub use error::MetricError;
pub use family::FamilyInfo;
pub use linked::MetricEntry;
pub use metrics::Metrics;
pub use runtime::{AttrCounter, AttrGauge, AttrSummary};
pub use table::Registry;
#[cfg(feature = "tokio")]
pub use tokio::TokioMetrics;

#[cfg(feature = "server")]
pub(crate) use linked::linked_checks;
pub(crate) use linked::{OPS_FUNCTIONS as FUNCTIONS, OPS_METRICS as METRICS, OPS_SPANS as SPANS};
#[doc(hidden)]
pub use section::{function_element, metric_element, span_element};
pub(crate) use source::Source;
