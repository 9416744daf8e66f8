//! Disk space check.

use crate::error::ErrorChain;
use crate::health::{CheckContext, Outcome};
use std::path::PathBuf;

/// Returns a check that at least `min_free` bytes are available on the file system of `path`.
///
/// A blocking check, because network file systems may hang. The details are `free_bytes` and `total_bytes`.
///
/// ```
/// use ops::descriptor::CheckDescriptor;
/// use ops::{Health, checks};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ops::health::HealthError> {
/// let health = Health::new();
/// health.register_blocking(CheckDescriptor::new("disk"), checks::disk("/", 1))?;
/// let report = health.check().await;
/// assert!(report.checks["disk"].ok && report.checks["disk"].details.contains_key("free_bytes"));
/// # Ok(())
/// # }
/// ```
pub fn disk(path: impl Into<PathBuf>, min_free: u64) -> impl Fn(CheckContext) -> Outcome + Send + Sync + 'static {
    let path = path.into();
    move |_context| match fs4::statvfs(&path) {
        Ok(stats) => {
            let free = stats.available_space();
            let outcome = if free < min_free {
                Outcome::unhealthy(format_args!("disk space too low: {free} bytes available, {min_free} required"))
            } else {
                Outcome::healthy()
            };
            outcome.detail("free_bytes", free).detail("total_bytes", stats.total_space())
        }
        Err(error) => {
            let path = path.display();
            Outcome::unhealthy(format_args!("cannot read file system statistics of `{path}`: {}", ErrorChain(&error)))
        }
    }
}
