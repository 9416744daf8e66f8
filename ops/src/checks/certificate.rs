//! Whether a certificate is valid for some time to come.

use crate::error::ErrorChain;
use crate::health::{CheckContext, Outcome};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use x509_cert::Certificate;

/// Reads the certificates in the PEM file at `path`, and is degraded when one of them expires within `warning`, and
/// unhealthy when one has expired, is not valid yet, or cannot be read.
///
/// Only their times are looked at, not who signed them. A blocking check; the detail is `expires_in_seconds`.
///
/// ```
/// use ops::descriptor::CheckDescriptor;
/// use ops::{Health, checks};
/// use std::time::Duration;
///
/// const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
///
/// let health = Health::new();
/// let daily = CheckDescriptor::new("certificate").interval(Duration::from_secs(24 * 60 * 60));
/// health.register_blocking(daily, checks::certificate("/etc/ssl/service.pem", MONTH))?;
/// # Ok::<(), ops::health::HealthError>(())
/// ```
pub fn certificate(
    path: impl Into<PathBuf>,
    warning: Duration,
) -> impl Fn(CheckContext) -> Outcome + Send + Sync + 'static {
    let path = path.into();
    move |_context| match read(&path) {
        Ok(certificates) => judge(&certificates, warning),
        Err(error) => Outcome::unhealthy(format_args!("`{}` cannot be read: {}", path.display(), ErrorChain(&*error))),
    }
}

fn read(path: &Path) -> Result<Vec<Certificate>, Box<dyn std::error::Error>> {
    let certificates = Certificate::load_pem_chain(&fs::read(path)?)?;
    if certificates.is_empty() { Err("there is no certificate in it".into()) } else { Ok(certificates) }
}

fn judge(certificates: &[Certificate], warning: Duration) -> Outcome {
    let now = SystemTime::now();
    let validities = || certificates.iter().map(|certificate| certificate.tbs_certificate().validity());
    let from = validities().map(|validity| validity.not_before.to_system_time()).max().unwrap_or(now);
    let until = validities().map(|validity| validity.not_after.to_system_time()).min().unwrap_or(now);
    let day = humantime::format_rfc3339_seconds;
    let left = until.duration_since(now).unwrap_or_default();
    let outcome = if left.is_zero() {
        Outcome::unhealthy(format_args!("expired at {}", day(until)))
    } else if from > now {
        Outcome::unhealthy(format_args!("not valid before {}", day(from)))
    } else if left < warning {
        Outcome::degraded(format_args!("expires at {}", day(until)))
    } else {
        Outcome::healthy()
    };
    outcome.detail("expires_in_seconds", left.as_secs())
}
