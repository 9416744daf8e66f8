//! Certificate check: validity and upcoming expiry.

use crate::health::{CheckContext, Outcome};
use crate::{pem, reload};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// Returns a check that the certificate in the PEM file at `path` is valid.
///
/// The first certificate is the leaf, as in a server with `Tls`. The check is unhealthy if the leaf has expired, is not valid
/// yet or cannot be read, and degraded if it expires within `warning`. It is only degraded if another certificate of the chain
/// has expired or expires within `warning`, because clients may not need that one. Signatures are not verified.
///
/// A blocking check. The detail `expires_in_seconds` is the remaining validity of the leaf, or 0 once it has expired.
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
        Ok(certificates) => evaluate(&certificates, SystemTime::now(), warning),
        Err(error) => Outcome::unhealthy(format_args!("cannot read certificate file `{}`: {error}", path.display())),
    }
}

/// Reads the certificates in a file. Returns at least one.
fn read(path: &Path) -> Result<Vec<Certificate>, String> {
    let bytes = reload::read(path).map_err(|error| match error {
        reload::Unread::Failed(error) => error.to_string(),
        reload::Unread::Refused(reason) => reason.to_string(),
    })?;
    let chain = pem::certificates(&bytes).map_err(|error| error.to_string())?;
    let parsed = chain.iter().map(|der| Certificate::from_der(der));
    parsed.collect::<Result<_, _>>().map_err(|error| format!("malformed certificate: {error}"))
}

fn evaluate(certificates: &[Certificate], now: SystemTime, warning: Duration) -> Outcome {
    let Some((leaf, others)) = certificates.split_first() else {
        return Outcome::unhealthy(pem::PemError::NoCertificate);
    };
    let remaining = expiry(leaf).duration_since(now).unwrap_or_default();
    let not_before = leaf.tbs_certificate().validity().not_before.to_system_time();
    let expires_soon =
        |certificate: &&Certificate| expiry(certificate).duration_since(now).unwrap_or_default() < warning;
    let outcome = if remaining.is_zero() {
        Outcome::unhealthy(format_args!("expired at {}", rfc3339(expiry(leaf))))
    } else if not_before > now {
        Outcome::unhealthy(format_args!("not valid before {}", rfc3339(not_before)))
    } else if remaining < warning {
        Outcome::degraded(format_args!("expires at {}", rfc3339(expiry(leaf))))
    } else if let Some(other) = others.iter().find(|other| expiry(other) <= now || expires_soon(other)) {
        let verb = if expiry(other) <= now { "expired" } else { "expires" };
        let subject = other.tbs_certificate().subject();
        Outcome::degraded(format_args!("chain certificate `{subject}` {verb} at {}", rfc3339(expiry(other))))
    } else {
        Outcome::healthy()
    };
    outcome.detail("expires_in_seconds", remaining.as_secs())
}

fn expiry(certificate: &Certificate) -> SystemTime {
    certificate.tbs_certificate().validity().not_after.to_system_time()
}

/// Formats a time in RFC 3339. X.509 and RFC 3339 have the same maximum year, 9999.
fn rfc3339(time: SystemTime) -> impl Display {
    humantime::format_rfc3339_seconds(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;
    use std::fs;

    /// Issues a certificate for `name`, valid from year `from` to year `until`, and its key.
    fn issue(name: &str, from: i32, until: i32) -> (String, String) {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        (params.not_before, params.not_after) = (rcgen::date_time_ymd(from, 1, 1), rcgen::date_time_ymd(until, 1, 1));
        let key = rcgen::KeyPair::generate().unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    fn outcome(content: impl AsRef<[u8]>) -> (Status, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service.pem");
        fs::write(&path, content).unwrap();
        let context = CheckContext::new(std::time::Instant::now());
        let outcome = certificate(&path, Duration::from_secs(60))(context);
        let reason = outcome.reason().map(|reason| reason.replace(&path.display().to_string(), "FILE"));
        (outcome.status(), reason)
    }

    #[test]
    fn first_certificate_decides_and_chain_certificates_degrade() {
        let (good, key) = issue("good", 2020, 4096);
        let (expired, _) = issue("cross-signed", 2020, 2021);
        let (future, _) = issue("future", 4000, 4096);
        let status = |content: String| outcome(content);
        assert_eq!(status(format!("{good}{key}")), (Status::Healthy, None));
        assert_eq!(
            status(format!("{good}{expired}")),
            (Status::Degraded, Some("chain certificate `CN=cross-signed` expired at 2021-01-01T00:00:00Z".to_owned()))
        );
        assert_eq!(
            status(format!("{expired}{good}")),
            (Status::Unhealthy, Some("expired at 2021-01-01T00:00:00Z".to_owned()))
        );
        assert_eq!(status(future), (Status::Unhealthy, Some("not valid before 4000-01-01T00:00:00Z".to_owned())));
    }

    #[test]
    fn file_without_a_valid_certificate_is_unhealthy() {
        for (content, reason) in [
            (&b""[..], "cannot read certificate file `FILE`: no certificate found; write one in PEM"),
            (
                b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
                "cannot read certificate file `FILE`: malformed certificate",
            ),
        ] {
            let (status, found) = outcome(content);
            assert_eq!(status, Status::Unhealthy);
            assert!(found.as_ref().is_some_and(|found| found.starts_with(reason)), "{found:?}");
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn accepts_the_same_files_as_a_tls_server() {
        use crate::tls::{Tls, TlsFiles};
        let (good, key) = issue("good", 2020, 4096);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service.pem");
        for content in [
            format!("{good}{key}"),
            format!("{key}{good}"),
            format!("subject=CN = good\n\n{good}\ntext between\n{key}text after"),
            format!("\u{feff}{good}{key}"),
            format!("{good}{key}").replace('\n', "\r\n"),
            format!("{good}{good}{key}"),
            key.clone(),
            good.replace("CERTIFICATE", "TRUSTED CERTIFICATE") + &key,
            format!("{}{key}", &good[..200]),
            String::new(),
        ] {
            fs::write(&path, &content).unwrap();
            let is_served = TlsFiles::open(&Tls::new(&path, &path)).is_ok();
            assert_eq!(outcome(&content).0 == Status::Healthy, is_served, "{content}");
        }
    }
}
