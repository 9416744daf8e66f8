//! The operational surface of a service: health checks, metrics, spans and an admin API, found at link time.
#![cfg_attr(docsrs, feature(doc_cfg))]

// So that the crate's own examples and tests can name it as its users do.
extern crate self as ops;

pub mod clock;
pub mod descriptor;
pub mod exposition;
pub mod health;
mod linked;
pub mod metric;
pub mod name;
pub mod registry;
pub mod snapshot;
pub mod span;

pub use clock::Clock;
pub use descriptor::{CheckDescriptor, CheckKind, Kind, Location, MetricDescriptor};
pub use health::{CheckContext, IntoOutcome, Outcome, Resource, Status};
#[cfg(feature = "server")]
pub use health::{CheckResult, Health, HealthError, Report};
pub use linked::{catalog, metrics};
#[cfg(feature = "server")]
pub use linked::{health, provide};
pub use metric::{Attr, Buckets, Counter, Gauge, Histogram, LabelValue, Labels, Series, Summary, attr};
pub use registry::{Catalog, Metrics, Registry, RegistryError};
pub use snapshot::Snapshot;
#[cfg(feature = "tracing")]
pub use span::TracingObserver;
pub use span::{NoopObserver, Observer, Span, install_observer};
