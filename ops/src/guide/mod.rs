//! The guide: how to do each task with `ops`, one chapter per task.
//!
//! A chapter begins with a complete example to copy, then lists the options, then explains details. All examples are compiled, and
//! run where they can be, by `cargo test`.
//!
//! | to | read |
//! |---|---|
//! | count, time and observe; name metrics; choose buckets; register metrics at run time | [`metrics`] |
//! | label metrics, and bound their cardinality | [`labels`] |
//! | write health checks, or use ready-made ones | [`health`] |
//! | record spans, and export them to `tracing` | [`spans`] |
//! | authenticate and authorize callers, audit changes, use the admin API and `opsctl` | [`security`] |
//! | serve TLS, and authenticate clients by certificate | [`tls`] |
//! | drain and shut down gracefully | [`shutdown`] |
//! | write probes, scrape configurations and network policies | [`kubernetes`] |
//! | annotate a library crate, and link everything into the program | [`libraries`] |
//! | test code that is annotated | [`testing`] |
//! | understand an error | [`troubleshooting`] |

/// Counters, gauges, histograms, and functions that are counted and timed.
///
#[doc = include_str!("metrics.md")]
///
/// [`ops::metric`]: macro@ops::metric
pub mod metrics {}

/// Label sets, their cardinality, and the limits that bound it.
///
#[doc = include_str!("labels.md")]
pub mod labels {}

/// Liveness, readiness and startup checks.
///
#[doc = include_str!("health.md")]
pub mod health {}

/// Spans of functions, and where they are exported to.
///
#[doc = include_str!("spans.md")]
pub mod spans {}

/// Endpoints, users, roles, credentials, the audit log and resource limits.
///
#[doc = include_str!("security.md")]
pub mod security {}

/// TLS, certificate reload and client certificates.
///
#[cfg_attr(feature = "tls", doc = include_str!("tls.md"))]
#[cfg_attr(
    not(feature = "tls"),
    doc = "This chapter is part of the documentation that is built with the feature `tls`."
)]
pub mod tls {}

/// Graceful shutdown: draining, phases and time limits.
///
#[doc = include_str!("shutdown.md")]
pub mod shutdown {}

/// Probes, scraping, network policies and termination in Kubernetes.
///
#[doc = include_str!("kubernetes.md")]
pub mod kubernetes {}

/// Annotated library crates, and how a program links all of them.
///
#[doc = include_str!("libraries.md")]
pub mod libraries {}

/// Tests of metrics, checks, policies and the API.
///
#[doc = include_str!("testing.md")]
pub mod testing {}

/// Errors, their causes and what to do.
///
#[doc = include_str!("troubleshooting.md")]
pub mod troubleshooting {}
