//! Metrics, spans and health check declarations for `ops`, registered at link time.
//!
//! Libraries depend on this crate: it is small and stable, and has no async runtime and no server. Applications depend on
//! `ops`, which re-exports everything here and serves it. The two crates share their documentation, so in a library that
//! depends on `ops-core` alone, read `ops_core` for `ops` in the examples:
//!
//! ```standalone_crate
//! use ops_core::{Counter, Outcome};
//!
//! /// Orders accepted.
//! #[ops_core::metric]
//! static ORDERS: Counter;
//!
//! /// Free space for the journal.
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
//! | feature | description |
//! |---|---|
//! | `http` | implements [`ToCallOutcome`](metric::ToCallOutcome) for responses and status codes of the `http` crate: 5xx counts as an error |
//! | `serde` | implements `serde::Serialize` for [`Status`], [`CheckKind`] and [`CheckKinds`](descriptor::CheckKinds), and `serde::Deserialize` for [`Status`] |
#![cfg_attr(docsrs, feature(doc_cfg))]

// Lets examples and tests in this crate use the path `ops_core`, as its users do.
extern crate self as ops_core;

#[doc(hidden)]
pub mod __private;
pub mod clock;
pub mod descriptor;
pub mod diagnostics;
pub mod exposition;
pub mod facade;
pub mod health;
pub mod linkage;
pub mod linked;
pub mod metric;
pub mod name;
pub mod registry;
pub mod snapshot;
pub mod trace;
pub mod unwind;
mod utf8;

pub use descriptor::CheckKind;
pub use health::{CheckContext, IntoOutcome, OptionalResource, Outcome, Resource, Status};
pub use linked::{catalog, metrics, provide};
pub use metric::{Attr, Buckets, Counter, Gauge, Histogram, Info, LabelValue, Labels, StateSet, Summary, attr};
pub use registry::Metrics;
pub use trace::{Observer, Span, install_observer};

/// Registers a static as a metric, or counts and times the calls of a function or method.
///
/// On an `impl` block, it applies to every method. `ops::metric` documents the options. The expansion refers to `ops_core`: a
/// dependency that is renamed in `Cargo.toml` is resolved automatically, and a crate that re-exports this one sets `crate = path`.
///
/// ```standalone_crate
/// /// Orders accepted.
/// #[ops_core::metric]
/// static ORDERS: ops_core::Counter;
///
/// #[ops_core::metric(name = "place_order")]
/// fn place_order() {
///     ORDERS.inc();
/// }
///
/// place_order();
/// let text = ops_core::metrics().to_text();
/// assert!(text.contains("\norders_total 1\n") && text.contains("\nplace_order_total{outcome=\"ok\"} 1\n"));
/// ```
#[doc(inline)]
pub use ops_macros::core_metric as metric;

/// Records each call of a function or method as a span; `ops::instrument_span` documents the options.
///
/// ```standalone_crate
/// #[ops_core::instrument_span("order.place")]
/// fn place() {}
///
/// place();
/// assert!(ops_core::metrics().to_text().contains("\norder_place_duration_seconds_count 1\n"));
/// ```
#[doc(inline)]
pub use ops_macros::core_instrument_span as instrument_span;

/// Registers a function as a health check; `ops::health_check` documents the options.
///
/// ```standalone_crate
/// #[ops_core::health_check("disk", critical = false)]
/// fn disk() -> bool {
///     true
/// }
///
/// assert!(ops_core::catalog().checks().any(|check| check.name == "disk"));
/// ```
#[doc(inline)]
pub use ops_macros::core_health_check as health_check;

/// Derives [`Labels`](trait@Labels), with one label per field; `ops::Labels` documents the options.
///
/// ```
/// #[derive(ops_core::Labels)]
/// struct Order<'a> {
///     tenant: &'a str,
/// }
///
/// let orders = ops_core::Counter::<Order<'static>>::new();
/// orders.with(&Order { tenant: "acme" }).inc();
/// assert_eq!(orders.with(&Order { tenant: "acme" }).value(), 1);
/// ```
#[doc(inline)]
pub use ops_macros::CoreLabels as Labels;

/// Derives [`LabelValue`](trait@LabelValue) for an enum; `ops::LabelValue` documents the options.
///
/// ```
/// #[derive(ops_core::LabelValue, Clone, Copy)]
/// enum Channel {
///     Web,
///     Shop,
/// }
///
/// let refunds = ops_core::Counter::<Channel>::new();
/// refunds.with(&Channel::Shop).inc();
/// assert_eq!((refunds.with(&Channel::Shop).value(), refunds.with(&Channel::Web).value()), (1, 0));
/// ```
#[doc(inline)]
pub use ops_macros::CoreLabelValue as LabelValue;
