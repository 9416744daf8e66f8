//! Hot reload of the policy file and of the TLS files: metrics, log lines, and what `/info` shows.

pub(crate) mod policy_file;
#[cfg(feature = "tls")]
pub(crate) mod tls_files;
mod unix_time;

/// Logs how many changes were not, because the log was blocked.
fn log_dropped(changes: u64) {
    if changes > 0 {
        tracing::warn!(changes, "changes of watched files were not logged: the log was blocked");
    }
}
