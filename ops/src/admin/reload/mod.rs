//! Hot reload of the policy file and of the TLS files: metrics, log lines, and what `/info` shows.

pub(crate) mod policy_file;
mod reload_metrics;
#[cfg(feature = "tls")]
pub(crate) mod tls_files;
mod unix_time;

pub(crate) use reload_metrics::ReloadMetrics;
