//! The metrics registry.
//!
//! Metrics are registered at link time by attributes, and at run time through [`Metrics`].

mod attr_instruments;
mod build_info;
mod catalog;
mod collector;
mod collector_run;
mod conflict;
mod duplicates;
mod error;
mod family;
mod link_instrument;
mod linked_metrics;
mod metrics;
#[cfg(test)]
mod model_tests;
mod observe;
mod overflow;
mod registration;
mod runtime_family;
mod scoped_instrument;
mod section;
mod self_metrics;
mod slices;
mod source;

pub use attr_instruments::{AttrCounter, AttrGauge, AttrHistogram, AttrSummary};
pub use build_info::BuildInfo;
pub(crate) use build_info::linked_build_info;
pub use catalog::{Catalog, CatalogCheck, CatalogMetric, CatalogSpan};
pub use collector::Collected;
pub use conflict::{Conflict, RegistryError};
pub use error::MetricError;
pub use family::FamilyInfo;
pub use linked_metrics::LinkedMetrics;
pub use metrics::Metrics;
pub use registration::Registration;
pub use slices::MetricEntry;

pub(crate) use duplicates::Duplicates;
#[doc(hidden)]
pub use section::{function_element, metric_element, span_element};
#[cfg(any(target_os = "android", target_os = "linux"))]
pub(crate) use slices::OPS_REGISTRY as REGISTRY;
pub(crate) use slices::linked_checks;
pub(crate) use slices::{OPS_CANARY as CANARY, OPS_FUNCTIONS as FUNCTIONS, OPS_METRICS as METRICS, OPS_SPANS as SPANS};
pub(crate) use source::Source;
