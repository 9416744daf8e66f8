//! Authorities and certificates that tests make for themselves, and what the files of TLS may hold.

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
        let provider = crypto_provider().unwrap();
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
        Refreshed::Recovered => "recovered".to_owned(),
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
fn provider_without_cipher_suites_is_an_error_that_names_it() {
    let authority = Authority::new();
    let contents = ["certificate", "key"].map(|name| Zeroizing::new(fs::read(authority.path(name)).unwrap()));
    let mut provider = CryptoProvider::clone(&crypto_provider().unwrap());
    provider.cipher_suites.clear();
    let parsed = Loaded::parse(&authority.settings().paths().unwrap(), &contents, &Arc::new(provider));
    assert_eq!(
        parsed.unwrap_err().to_string(),
        "the crypto provider for TLS cannot be used: unexpected error: no usable cipher suites configured; install another one \
         with `rustls::crypto::CryptoProvider::install_default`"
    );
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

/// Files that follow a clock of the test's own, with a certificate that is valid from 1975 to 4096.
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
fn certificate_renewed_while_the_clock_is_wrong_is_taken_when_the_clock_is_set_right() {
    for (wrong, reason) in
        [(2040, "has expired at 2028-01-01T00:00:00Z"), (1990, "is not valid before 2026-01-01T00:00:00Z")]
    {
        let authority = Authority::new();
        let (files, time) = files_in(&authority, wrong);
        let certificate = authority.path("certificate").display().to_string();
        authority.install(&issued_for(&authority, 2026, 2028));
        let refused = format!("{certificate}, of TLS, is refused: a certificate in it {reason}");
        assert_eq!(told(files.refresh()), refused);
        assert_eq!(told(files.refresh()), "unchanged", "it is told once");
        time.set_time_of_day(new_year(2027));
        assert_eq!(told(files.refresh()), "loaded");
        assert_eq!(files.expires(), new_year(2028));
        assert_eq!(told(files.refresh()), "unchanged");
    }
}

#[test]
fn certificate_that_is_not_valid_yet_is_taken_when_it_is() {
    let authority = Authority::new();
    let (files, time) = files_in(&authority, 2025);
    authority.install(&issued_for(&authority, 2026, 2028));
    assert!(told(files.refresh()).ends_with("is not valid before 2026-01-01T00:00:00Z"));
    time.advance(Duration::from_secs(365 * 86_400));
    assert_eq!(told(files.refresh()), "loaded");
}

#[test]
fn certificate_in_use_that_expires_is_told_once_and_so_is_that_it_is_valid_again() {
    let authority = Authority::new();
    authority.install(&issued_for(&authority, 2024, 2026));
    let (files, time) = files_in(&authority, 2025);
    assert_eq!(told(files.refresh()), "unchanged");
    time.set_time_of_day(new_year(2026));
    assert!(told(files.refresh()).ends_with("has expired at 2026-01-01T00:00:00Z"));
    assert_eq!(told(files.refresh()), "unchanged");
    assert!(files.state().trouble().is_some());
    time.set_time_of_day(new_year(2025));
    assert_eq!(told(files.refresh()), "recovered");
    assert!(files.state().trouble().is_none());
}

#[test]
fn certificate_that_is_not_valid_takes_the_place_of_one_that_is_not_either() {
    let authority = Authority::new();
    authority.install(&issued_for(&authority, 2024, 2026));
    let (files, _time) = files_in(&authority, 2040);
    authority.install(&issued_for(&authority, 2026, 2028));
    assert_eq!(told(files.refresh()), "loaded");
    assert_eq!(files.expires(), new_year(2028));
}

#[test]
fn expired_certificate_behind_the_servers_own_is_a_warning_that_names_it() {
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
    assert_eq!((files.chain_warnings(), files.expires()), (vec![warning.to_owned()], new_year(2030)), "at the start");
    assert!(files.state().trouble().is_none());
    authority.install(&with_chain(issued_for(&authority, 2025, 2031)));
    assert_eq!(told(files.refresh()), "loaded");
    assert_eq!((files.chain_warnings(), files.expires()), (vec![warning.to_owned()], new_year(2031)), "on reload");
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

/// The output of `openssl x509 -noout -subject` of OpenSSL 3.0, with each option, for `openssl_subject.pem`.
const PRINTED_BY_OPENSSL: [&str; 6] = [
    // -nameopt RFC2253
    r#"subject=emailAddress=Alice@Example.org,CN=\ alice  b+UID=7,OU=R\C3\B6sti+OU=a / b,O=M\C3\BCller\, S\C3\B6hne \"& Co.\",ST=Bavaria,C=DE"#,
    // By default, which is -nameopt oneline
    r#"subject=C = DE, ST = Bavaria, O = "M\C3\BCller, S\C3\B6hne \"& Co.\"", OU = a / b + OU = R\C3\B6sti, UID = 7 + CN = " alice  b", emailAddress = Alice@Example.org"#,
    // -nameopt compat
    r#"subject=/C=DE/ST=Bavaria/O=M\xC3\xBCller, S\xC3\xB6hne "& Co."/OU=a \/ b+OU=R\xC3\xB6sti/UID=7+CN= alice  b/emailAddress=Alice@Example.org"#,
    // -nameopt RFC2253,utf8,-esc_msb
    r#"subject=emailAddress=Alice@Example.org,CN=\ alice  b+UID=7,OU=Rösti+OU=a / b,O=Müller\, Söhne \"& Co.\",ST=Bavaria,C=DE"#,
    // -nameopt oneline,utf8,-esc_msb
    r#"subject=C = DE, ST = Bavaria, O = "Müller, Söhne \"& Co.\"", OU = a / b + OU = Rösti, UID = 7 + CN = " alice  b", emailAddress = Alice@Example.org"#,
    // As the default of OpenSSL 3.2 has it
    r#"subject=C=DE, ST=Bavaria, O="M\C3\BCller, S\C3\B6hne \"& Co.\"", OU=a / b + OU=R\C3\B6sti, UID=7 + CN=" alice  b", emailAddress=Alice@Example.org"#,
];

#[test]
fn subject_is_known_as_openssl_prints_it() {
    let der = CertificateDer::from_pem_slice(include_bytes!("openssl_subject.pem")).unwrap();
    let (certificate, _expires) = names::of(&der).unwrap();
    for printed in PRINTED_BY_OPENSSL {
        for text in [printed, printed.strip_prefix("subject=").unwrap()] {
            let name = CertificateName::subject(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(certificate.names().any(|other| *other == name), "{text}");
        }
    }
    let shown = certificate.names().find(|name| name.kind() == "subject").unwrap().value();
    assert_eq!(
        shown,
        r#"emailAddress=Alice@Example.org,CN=\ alice  b+UID=7,OU=Rösti+OU=a / b,O=Müller\, Söhne \"& Co.\",ST=Bavaria,C=DE"#
    );
    assert_eq!(CertificateName::subject(&shown).unwrap().value(), shown, "what is shown may be written in a policy");
}

#[test]
fn subject_is_known_in_each_string_type() {
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
