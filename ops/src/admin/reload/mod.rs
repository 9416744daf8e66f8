//! Hot reload of the policy file and of the TLS files.

pub(crate) mod policy_file;
#[cfg(feature = "tls")]
pub(crate) mod tls_files;
mod watched_file;
