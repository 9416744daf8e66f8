//! Hot reload of the policy file and the TLS files: watcher tasks, metrics and `/info` sections.

pub(crate) mod policy_file;
mod reload_metrics;
#[cfg(feature = "tls")]
pub(crate) mod tls_files;
mod unix_time;

pub(crate) use reload_metrics::ReloadMetrics;
