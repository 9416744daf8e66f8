//! The operational surface of a service: health checks, metrics, spans and an admin API, found at link time.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod clock;
pub mod descriptor;
pub mod health;
pub mod name;

pub use clock::Clock;
pub use descriptor::{CheckDescriptor, CheckKind, Kind, Location, MetricDescriptor};
pub use health::{CheckContext, IntoOutcome, Outcome, Resource, Status};
#[cfg(feature = "server")]
pub use health::{CheckResult, Health, HealthError, Report};
