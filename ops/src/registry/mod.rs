//! All that is registered: at link time by the attributes, at run time through [`Metrics`].

mod catalog;
mod conflict;
mod family;
mod linked;
mod metrics;
mod observe;
mod own;
mod runtime;
mod source;
mod table;

pub use catalog::{Catalog, CatalogCheck, CatalogMetric, CatalogSpan};
pub use conflict::{Conflict, RegistryError};
pub use family::FamilyInfo;
pub use linked::MetricEntry;
pub use metrics::{MetricError, Metrics};
pub use runtime::{AttrCounter, AttrGauge, AttrSummary};
pub use table::Registry;

#[cfg(feature = "server")]
pub(crate) use linked::linked_checks;
#[doc(hidden)]
pub use linked::{FUNCTIONS, METRICS, SPANS};
pub(crate) use source::Source;
