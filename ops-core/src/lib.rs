//! Metrics, spans and health check declarations of `ops`, found at link time.
//!
//! This is the part of `ops` that a library depends on: small and stable, without an asynchronous runtime and without a
//! server. The program that links the library depends on `ops`, which re-exports all of this and serves it. In a library
//! that depends on this crate alone, read `ops_core` for `ops` in the examples, whose documentation `ops` shares:
//!
//! ```standalone_crate
//! use ops_core::{Counter, Outcome};
//!
//! /// Orders accepted.
//! #[ops_core::metric]
//! static ORDERS: Counter;
//!
//! /// Room left for the journal.
//! #[ops_core::health_check("disk", critical = false)]
//! fn disk() -> Outcome {
//!     Outcome::degraded("91 % full")
//! }
//!
//! ORDERS.inc();
//! assert!(ops_core::metrics().to_text().contains("\norders_total 1\n"));
//! assert_eq!(ops_core::catalog().checks().next().map(|check| check.name.as_str()), Some("disk"));
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `serde` | `serde::Serialize` for [`Status`], [`CheckKind`] and [`CheckKinds`] |
#![cfg_attr(docsrs, feature(doc_cfg))]

// So that the crate's own examples and tests can name it as its users do.
extern crate self as ops;
extern crate self as ops_core;

#[doc(hidden)]
pub mod __private;
pub mod clock;
pub mod descriptor;
pub mod diagnostics;
pub mod exposition;
pub mod facade;
pub mod health;
pub mod linked;
pub mod metric;
pub mod name;
pub mod registry;
pub mod snapshot;
pub mod trace;
pub mod unwind;

pub use clock::Clock;
pub use descriptor::{CheckDescriptor, CheckKind, CheckKinds, Kind, Location, MetricDescriptor};
pub use health::{CheckContext, IntoOutcome, Outcome, Resource, Status};
pub use linked::{catalog, metrics, provide};
pub use metric::{
    Attr, Buckets, CallOutcome, Counter, Gauge, Histogram, Info, LabelValue, Labels, StateSet, Summary, ToCallOutcome,
    attr,
};
pub use registry::{Catalog, LinkedMetrics, Metrics, RegistryError};
pub use snapshot::Snapshot;
pub use trace::{NoopObserver, Observer, Span, install_observer};

pub use ops_macros::{LabelValue, Labels, health_check, instrument_span, metric};
