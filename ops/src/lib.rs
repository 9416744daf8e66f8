//! The operational surface of a service: health checks, metrics, spans and an admin API, found at link time.
#![cfg_attr(docsrs, feature(doc_cfg))]

// So that the crate's own examples and tests can name it as its users do.
extern crate self as ops;

#[cfg(feature = "server")]
mod admin;
#[cfg(feature = "server")]
mod api;
pub mod clock;
pub mod cluster;
pub mod descriptor;
pub mod exposition;
pub mod health;
mod linked;
pub mod metric;
pub mod name;
#[cfg(feature = "server")]
pub mod rbac;
pub mod registry;
#[cfg(feature = "server")]
mod serve;
#[cfg(feature = "server")]
mod server;
pub mod snapshot;
pub mod span;

#[cfg(feature = "server")]
pub use admin::{Introspector, Limits};
#[cfg(feature = "server")]
pub use api::{Api, ApiBuilder};
pub use clock::Clock;
pub use cluster::{Cluster, Member, StaticCluster};
pub use descriptor::{CheckDescriptor, CheckKind, Kind, Location, MetricDescriptor};
pub use health::{CheckContext, IntoOutcome, Outcome, Resource, Status};
#[cfg(feature = "server")]
pub use health::{CheckResult, Health, HealthError, Report};
pub use linked::{catalog, metrics};
#[cfg(feature = "server")]
pub use linked::{health, provide};
pub use metric::{Attr, Buckets, Counter, Gauge, Histogram, LabelValue, Labels, Series, Summary, attr};
pub use registry::{Catalog, Metrics, Registry, RegistryError};
#[cfg(feature = "server")]
pub use serve::serve;
#[cfg(feature = "server")]
pub use server::{Address, Error, Problem, Running, Server};
pub use snapshot::Snapshot;
#[cfg(feature = "tracing")]
pub use span::TracingObserver;
pub use span::{NoopObserver, Observer, Span, install_observer};
