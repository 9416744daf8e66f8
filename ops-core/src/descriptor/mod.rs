//! Descriptors: declarations of annotated items and their source locations, as constant data.

mod check;
mod here;
mod kinds;
mod location;
mod metric;
mod status;

pub use check::CheckDescriptor;
#[doc(hidden)]
pub use here::Here;
pub use kinds::{CheckKind, CheckKinds};
pub use location::Location;
pub use metric::{MetricDescriptor, MetricKind};
pub use status::Status;

pub(crate) use location::OWN_PACKAGE;
