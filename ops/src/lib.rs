//! The operational surface of a service: health checks, metrics, spans and an admin API, found at link time.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod clock;
pub mod cluster;
pub mod descriptor;
pub mod name;
#[cfg(feature = "server")]
pub mod rbac;

pub use clock::Clock;
pub use cluster::{Cluster, Member, StaticCluster};
pub use descriptor::{CheckDescriptor, CheckKind, Kind, Location, MetricDescriptor};
