//! Authorities and certificates that tests make for themselves, and what the files of TLS may hold.

use super::{Tls, TlsFiles, names};
use crate::reload::Refreshed;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// An authority, a folder for what it issues, and in it the files of a server at `localhost`.
pub(crate) struct Authority {
    folder: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let authority = Authority { folder: tempfile::tempdir().unwrap(), issuer };
        authority.write("authorities", &authority.issuer.pem());
        authority.install(&authority.issue(|_params| {}));
        authority
    }

    /// A certificate for `localhost`, as `change` would have it.
    pub(crate) fn issue(&self, change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Issued { certificate: params.signed_by(&key, &self.issuer).unwrap().pem(), key: key.serialize_pem() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Writes the files of the server.
    pub(crate) fn install(&self, issued: &Issued) {
        self.write("certificate", &issued.certificate);
        self.write("key", &issued.key);
    }

    pub(crate) fn settings(&self) -> Tls {
        Tls::new(self.path("certificate"), self.path("key"))
    }

    /// What a client believes that knows the authority, and what it shows.
    pub(crate) fn client(&self, shown: Option<&Issued>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_root_certificates(roots);
        Arc::new(match shown {
            None => builder.with_no_client_auth(),
            Some(Issued { certificate, key }) => {
                let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(vec![certificate], key).unwrap()
            }
        })
    }
}

fn told(refreshed: Refreshed<super::TlsError>) -> String {
    match refreshed {
        Refreshed::Unchanged => "unchanged".to_owned(),
        Refreshed::Loaded => "loaded".to_owned(),
        Refreshed::Failed(error) => error.to_string(),
    }
}

#[test]
fn what_the_files_hold_is_taken_when_it_changes_and_only_if_it_is_good() {
    let authority = Authority::new();
    let files =
        TlsFiles::open(&authority.settings().accept_client_certificates(authority.path("authorities"))).unwrap();
    let [certificate, key, authorities] =
        ["certificate", "key", "authorities"].map(|name| authority.path(name).display().to_string());
    let good = authority.issue(|_params| {});
    let looks = [
        (None, "unchanged".to_owned()),
        (
            Some(("certificate", good.certificate.as_str())),
            format!("{key}, of TLS, is refused: it is not the key of the certificate {certificate}"),
        ),
        (None, "unchanged".to_owned()),
        (Some(("key", good.key.as_str())), "loaded".to_owned()),
        (
            Some(("key", "")),
            format!("{key}, of TLS, is refused: there is no private key in it; write one in PEM, without a passphrase"),
        ),
        (Some(("key", good.certificate.as_str())), "unchanged".to_owned()),
        (Some(("key", good.key.as_str())), "loaded".to_owned()),
        (
            Some(("certificate", good.key.as_str())),
            format!("{certificate}, of TLS, is refused: there is no certificate in it; write one in PEM"),
        ),
        (Some(("certificate", good.certificate.as_str())), "loaded".to_owned()),
        (
            Some(("authorities", "none")),
            format!("{authorities}, of TLS, is refused: there is no certificate in it; write one in PEM"),
        ),
    ];
    for (at, (write, expected)) in looks.into_iter().enumerate() {
        if let Some((name, text)) = write {
            authority.write(name, text);
        }
        assert_eq!(told(files.refresh()), expected, "{at}");
    }
    assert_eq!(files.state().failures, 4);
}

#[test]
fn a_certificate_that_has_expired_does_not_take_the_place_of_one_that_has_not() {
    let authority = Authority::new();
    let files = TlsFiles::open(&authority.settings()).unwrap();
    let expires = files.expires();
    authority.install(&authority.issue(|params| params.not_after = date_time_ymd(2020, 1, 1)));
    let certificate = authority.path("certificate").display().to_string();
    assert_eq!(
        told(files.refresh()),
        format!("{certificate}, of TLS, is refused: a certificate in it has expired at 2020-01-01T00:00:00Z")
    );
    assert!(files.expires() == expires && expires > SystemTime::now());
}

#[cfg(unix)]
#[test]
fn a_file_that_everyone_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let authority = Authority::new();
    let key = authority.path("key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o602)).unwrap();
    assert_eq!(
        TlsFiles::open(&authority.settings()).unwrap_err().to_string(),
        format!("{}, of TLS, is refused: everyone may write it: take that away with `chmod o-w`", key.display())
    );
}

fn names_of(issued: &Issued) -> Vec<String> {
    let der = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap();
    let (certificate, _expires) = names::of(&der).unwrap();
    certificate.names().map(ToString::to_string).collect()
}

#[test]
fn the_names_of_a_certificate_are_its_alternative_names_its_subject_and_its_fingerprint() {
    let issued = Authority::new().issue(|params| {
        params.subject_alt_names = vec![
            SanType::DnsName("Prometheus.example".try_into().unwrap()),
            SanType::Rfc822Name("ops@example.org".try_into().unwrap()),
            SanType::URI("spiffe://example.org/prometheus".try_into().unwrap()),
            SanType::IpAddress([192, 0, 2, 1].into()),
        ];
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Example");
        params.distinguished_name.push(DnType::CommonName, "prometheus");
    });
    let mut names = names_of(&issued);
    let fingerprint = names.pop().unwrap();
    assert_eq!(
        names,
        [
            "dns = \"prometheus.example\"",
            "email = \"ops@example.org\"",
            "uri = \"spiffe://example.org/prometheus\"",
            "subject = \"CN=prometheus,O=Example\"",
        ]
    );
    assert!(fingerprint.starts_with("sha256 = \"") && fingerprint.len() == 75, "{fingerprint}");
}

#[test]
fn a_part_of_a_subject_cannot_look_like_two() {
    let issued = Authority::new().issue(|params| {
        params.subject_alt_names.clear();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "alice,O=Example\0");
    });
    assert_eq!(names_of(&issued)[0], r#"subject = "CN=alice\\,O\\=Example\\00""#.replace(r"O\\=", "O="));
}
