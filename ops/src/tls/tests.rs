//! Tests of loading and hot reload of the TLS files. Also provides a test CA.

use super::material::Loaded;
use super::{Tls, TlsFiles, names};
use crate::crypto_provider::crypto_provider;
use crate::rbac::CertificateName;
use crate::reload::Refreshed;
use ops_core::clock::{Clock, ManualTime};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType, date_time_ymd};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// A test CA with a folder for the files it issues, including those of a server at `localhost`.
pub(crate) struct Authority {
    folder: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key in PEM.
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

    /// Issues a certificate for `localhost`, with the parameters modified by `change`.
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

    /// Writes the server's certificate and key files.
    pub(crate) fn install(&self, issued: &Issued) {
        self.write("certificate", &issued.certificate);
        self.write("key", &issued.key);
    }

    pub(crate) fn settings(&self) -> Tls {
        Tls::new(self.path("certificate"), self.path("key"))
    }

    /// Returns a client configuration that trusts the CA and presents `certificate`, if any.
    pub(crate) fn client(&self, certificate: Option<&Issued>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let provider = crypto_provider().unwrap();
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_root_certificates(roots);
        Arc::new(match certificate {
            None => builder.with_no_client_auth(),
            Some(Issued { certificate, key }) => {
                let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(vec![certificate], key).unwrap()
            }
        })
    }
}

fn reported(refreshed: Refreshed<super::TlsError>) -> String {
    match refreshed {
        Refreshed::Unchanged => "unchanged".to_owned(),
        Refreshed::Loaded => "loaded".to_owned(),
        Refreshed::Recovered => "recovered".to_owned(),
        Refreshed::Failed(error) => error.to_string(),
    }
}

#[test]
fn reloads_changed_files_only_if_they_are_valid() {
    let authority = Authority::new();
    let files =
        TlsFiles::open(&authority.settings().accept_client_certificates(authority.path("authorities"))).unwrap();
    let [certificate, key, authorities] =
        ["certificate", "key", "authorities"].map(|name| authority.path(name).display().to_string());
    let good = authority.issue(|_params| {});
    let steps = [
        (None, "unchanged".to_owned()),
        (
            Some(("certificate", good.certificate.as_str())),
            format!("invalid TLS file `{key}`: the key does not match the certificate `{certificate}`"),
        ),
        (None, "unchanged".to_owned()),
        (Some(("key", good.key.as_str())), "loaded".to_owned()),
        (
            Some(("key", "")),
            format!("invalid TLS file `{key}`: no private key found; write one in PEM, without a passphrase"),
        ),
        (Some(("key", good.certificate.as_str())), "unchanged".to_owned()),
        (Some(("key", good.key.as_str())), "loaded".to_owned()),
        (
            Some(("certificate", good.key.as_str())),
            format!("invalid TLS file `{certificate}`: no certificate found; write one in PEM"),
        ),
        (Some(("certificate", good.certificate.as_str())), "loaded".to_owned()),
        (
            Some(("authorities", "none")),
            format!("invalid TLS file `{authorities}`: no certificate found; write one in PEM"),
        ),
    ];
    for (step, (write, expected)) in steps.into_iter().enumerate() {
        if let Some((name, text)) = write {
            authority.write(name, text);
        }
        assert_eq!(reported(files.refresh()), expected, "{step}");
    }
    assert_eq!(files.state().failures, 4);
}

#[test]
fn rejects_a_crypto_provider_without_cipher_suites() {
    let authority = Authority::new();
    let contents = ["certificate", "key"].map(|name| Zeroizing::new(fs::read(authority.path(name)).unwrap()));
    let mut provider = CryptoProvider::clone(&crypto_provider().unwrap());
    provider.cipher_suites.clear();
    let parsed = Loaded::parse(&authority.settings().paths().unwrap(), &contents, &Arc::new(provider));
    assert_eq!(
        parsed.unwrap_err().to_string(),
        "cannot use the crypto provider for TLS: unexpected error: no usable cipher suites configured; install another one \
         with `rustls::crypto::CryptoProvider::install_default`"
    );
}

#[test]
fn expired_certificate_does_not_replace_a_valid_one() {
    let authority = Authority::new();
    let files = TlsFiles::open(&authority.settings()).unwrap();
    let expires = files.expires();
    authority.install(&authority.issue(|params| params.not_after = date_time_ymd(2020, 1, 1)));
    let certificate = authority.path("certificate").display().to_string();
    assert_eq!(
        reported(files.refresh()),
        format!("invalid TLS file `{certificate}`: the certificate expired at 2020-01-01T00:00:00Z; renew it")
    );
    assert!(files.expires() == expires && expires > SystemTime::now());
}

/// Opens the files with a manual clock set to `year`.
fn files_in(authority: &Authority, year: i32) -> (TlsFiles, ManualTime) {
    let (clock, time) = Clock::manual();
    time.set_time_of_day(new_year(year));
    (TlsFiles::open_at(&authority.settings(), clock).unwrap(), time)
}

fn new_year(year: i32) -> SystemTime {
    date_time_ymd(year, 1, 1).into()
}

fn issued_for(authority: &Authority, from: i32, until: i32) -> Issued {
    authority.issue(|params| {
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
    })
}

#[test]
fn certificate_rejected_due_to_a_wrong_clock_is_loaded_once_the_clock_is_set() {
    for (wrong, reason) in [
        (2040, "expired at 2028-01-01T00:00:00Z; renew it"),
        (1990, "is not valid before 2026-01-01T00:00:00Z; replace it, or check the system clock"),
    ] {
        let authority = Authority::new();
        let (files, time) = files_in(&authority, wrong);
        let certificate = authority.path("certificate").display().to_string();
        authority.install(&issued_for(&authority, 2026, 2028));
        let refused = format!("invalid TLS file `{certificate}`: the certificate {reason}");
        assert_eq!(reported(files.refresh()), refused);
        assert_eq!(reported(files.refresh()), "unchanged", "it is reported once");
        time.set_time_of_day(new_year(2027));
        assert_eq!(reported(files.refresh()), "loaded");
        assert_eq!(files.expires(), new_year(2028));
        assert_eq!(reported(files.refresh()), "unchanged");
    }
}

#[test]
fn certificate_is_loaded_when_it_becomes_valid() {
    let authority = Authority::new();
    let (files, time) = files_in(&authority, 2025);
    authority.install(&issued_for(&authority, 2026, 2028));
    assert!(reported(files.refresh()).contains("is not valid before 2026-01-01T00:00:00Z"));
    time.advance(Duration::from_secs(365 * 86_400));
    assert_eq!(reported(files.refresh()), "loaded");
}

#[test]
fn expiry_and_recovery_of_the_active_certificate_are_reported_once() {
    let authority = Authority::new();
    authority.install(&issued_for(&authority, 2024, 2026));
    let (files, time) = files_in(&authority, 2025);
    assert_eq!(reported(files.refresh()), "unchanged");
    time.set_time_of_day(new_year(2026));
    assert!(reported(files.refresh()).contains("expired at 2026-01-01T00:00:00Z"));
    assert_eq!(reported(files.refresh()), "unchanged");
    assert!(files.state().trouble().is_some());
    time.set_time_of_day(new_year(2025));
    assert_eq!(reported(files.refresh()), "recovered");
    assert!(files.state().trouble().is_none());
}

#[test]
fn invalid_certificate_may_replace_an_invalid_one() {
    let authority = Authority::new();
    authority.install(&issued_for(&authority, 2024, 2026));
    let (files, _time) = files_in(&authority, 2040);
    authority.install(&issued_for(&authority, 2026, 2028));
    assert_eq!(reported(files.refresh()), "loaded");
    assert_eq!(files.expires(), new_year(2028));
}

#[test]
fn warns_about_expired_chain_certificates() {
    let (authority, old) = (Authority::new(), Authority::new());
    let cross_signed = old.issue(|params| {
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Example, Inc.");
        params.distinguished_name.push(DnType::CommonName, "Old Root");
        params.not_after = date_time_ymd(2021, 9, 30);
    });
    let with_chain = |mut issued: Issued| {
        issued.certificate.push_str(&cross_signed.certificate);
        issued
    };
    let warning = r"the certificate of `CN=Old Root,O=Example\, Inc.` in the chain expired at 2021-09-30T00:00:00Z; replace it, or remove it if clients do not need it";
    authority.install(&with_chain(issued_for(&authority, 2024, 2030)));
    let (files, _time) = files_in(&authority, 2026);
    assert_eq!((files.chain_warnings(), files.expires()), (vec![warning.to_owned()], new_year(2030)), "at startup");
    assert!(files.state().trouble().is_none());
    authority.install(&with_chain(issued_for(&authority, 2025, 2031)));
    assert_eq!(reported(files.refresh()), "loaded");
    assert_eq!((files.chain_warnings(), files.expires()), (vec![warning.to_owned()], new_year(2031)), "on reload");
}

#[cfg(unix)]
#[test]
fn world_writable_file_is_rejected() {
    use std::os::unix::fs::PermissionsExt;
    let authority = Authority::new();
    let key = authority.path("key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o602)).unwrap();
    assert_eq!(
        TlsFiles::open(&authority.settings()).unwrap_err().to_string(),
        format!("invalid TLS file `{}`: writable by all users; run `chmod o-w` on it", key.display())
    );
}

fn names_of(issued: &Issued) -> Vec<String> {
    let der = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap();
    let (certificate, _expires) = names::of(&der).unwrap();
    certificate.names().map(ToString::to_string).collect()
}

#[test]
fn certificate_names_are_san_subject_and_fingerprint() {
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
fn subject_values_are_escaped() {
    let issued = Authority::new().issue(|params| {
        params.subject_alt_names.clear();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "alice,O=Example\0");
    });
    assert_eq!(names_of(&issued)[0], r#"subject = "CN=alice\\,O\\=Example\\00""#.replace(r"O\\=", "O="));
}

/// Output of `openssl x509 -noout -subject` (OpenSSL 3.0) for `openssl_subject.pem`, for each option.
const PRINTED_BY_OPENSSL: [&str; 6] = [
    // -nameopt RFC2253
    r#"subject=emailAddress=Alice@Example.org,CN=\ alice  b+UID=7,OU=R\C3\B6sti+OU=a / b,O=M\C3\BCller\, S\C3\B6hne \"& Co.\",ST=Bavaria,C=DE"#,
    // Default (-nameopt oneline)
    r#"subject=C = DE, ST = Bavaria, O = "M\C3\BCller, S\C3\B6hne \"& Co.\"", OU = a / b + OU = R\C3\B6sti, UID = 7 + CN = " alice  b", emailAddress = Alice@Example.org"#,
    // -nameopt compat
    r#"subject=/C=DE/ST=Bavaria/O=M\xC3\xBCller, S\xC3\xB6hne "& Co."/OU=a \/ b+OU=R\xC3\xB6sti/UID=7+CN= alice  b/emailAddress=Alice@Example.org"#,
    // -nameopt RFC2253,utf8,-esc_msb
    r#"subject=emailAddress=Alice@Example.org,CN=\ alice  b+UID=7,OU=Rösti+OU=a / b,O=Müller\, Söhne \"& Co.\",ST=Bavaria,C=DE"#,
    // -nameopt oneline,utf8,-esc_msb
    r#"subject=C = DE, ST = Bavaria, O = "Müller, Söhne \"& Co.\"", OU = a / b + OU = Rösti, UID = 7 + CN = " alice  b", emailAddress = Alice@Example.org"#,
    // Default of OpenSSL 3.2
    r#"subject=C=DE, ST=Bavaria, O="M\C3\BCller, S\C3\B6hne \"& Co.\"", OU=a / b + OU=R\C3\B6sti, UID=7 + CN=" alice  b", emailAddress=Alice@Example.org"#,
];

#[test]
fn subject_matches_in_every_openssl_format() {
    let der = CertificateDer::from_pem_slice(include_bytes!("openssl_subject.pem")).unwrap();
    let (certificate, _expires) = names::of(&der).unwrap();
    for printed in PRINTED_BY_OPENSSL {
        for text in [printed, printed.strip_prefix("subject=").unwrap()] {
            let name = CertificateName::subject(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(certificate.names().any(|other| *other == name), "{text}");
        }
    }
    let subject = certificate.names().find(|name| name.kind() == "subject").unwrap().value();
    assert_eq!(
        subject,
        r#"emailAddress=Alice@Example.org,CN=\ alice  b+UID=7,OU=Rösti+OU=a / b,O=Müller\, Söhne \"& Co.\",ST=Bavaria,C=DE"#
    );
    assert_eq!(
        CertificateName::subject(&subject).unwrap().value(),
        subject,
        "the displayed subject can be used in a policy"
    );
}

#[test]
fn subject_matches_in_every_string_type() {
    use rcgen::DnValue;
    let name = CertificateName::subject("CN=Zoe K,O=Example").unwrap();
    for value in [
        DnValue::Utf8String("Zoe K".to_owned()),
        DnValue::PrintableString("zoe k".try_into().unwrap()),
        DnValue::TeletexString("Zoe  K".try_into().unwrap()),
        DnValue::BmpString("ZOE K".try_into().unwrap()),
        DnValue::Ia5String("Zoe K".try_into().unwrap()),
    ] {
        let issued = Authority::new().issue(|params| {
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.distinguished_name.push(DnType::OrganizationName, "Example");
            params.distinguished_name.push(DnType::CommonName, value.clone());
        });
        let der = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap();
        let (certificate, _expires) = names::of(&der).unwrap();
        assert!(certificate.names().any(|other| *other == name), "{value:?}");
    }
}
