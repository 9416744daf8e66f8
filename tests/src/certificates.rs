//! Authorities and certificates that tests make for themselves.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair, SanType};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Who issues certificates.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

impl Authority {
    /// A new one, which nobody knows.
    ///
    /// # Panics
    /// If the system has no randomness.
    pub fn new() -> Authority {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        Authority::of(&format!("authority {}", MADE.fetch_add(1, Ordering::Relaxed)))
    }

    /// A new one of that name, which others may have too.
    ///
    /// # Panics
    /// If the system has no randomness.
    pub fn of(name: &str) -> Authority {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"))
    }

    /// Its own certificate, in PEM.
    pub fn certificate(&self) -> String {
        self.0.pem()
    }

    /// Its own certificate and its key.
    pub fn itself(&self) -> Issued {
        Issued { certificate: self.0.pem(), key: self.0.key().serialize_pem() }
    }

    /// A certificate for a server at `localhost` and 127.0.0.1.
    pub fn server(&self) -> Issued {
        self.issue("server", &["dns:localhost", "ip:127.0.0.1"], 4096)
    }

    /// A certificate of `common_name` with alternative names, as `dns:a`, `email:a`, `uri:a` or `ip:1.2.3.4`, that counts until
    /// a year begins.
    ///
    /// # Panics
    /// If a name can be in no certificate.
    pub fn issue(&self, common_name: &str, names: &[&str], until: i32) -> Issued {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.subject_alt_names = names.iter().map(|name| alternative(name)).collect();
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate").pem();
        Issued { certificate, key: key.serialize_pem() }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Authority::new()
    }
}

fn alternative(name: &str) -> SanType {
    let (kind, name) = name.split_once(':').expect("a kind and a name");
    match kind {
        "dns" => SanType::DnsName(name.try_into().expect("a DNS name")),
        "email" => SanType::Rfc822Name(name.try_into().expect("an address")),
        "uri" => SanType::URI(name.try_into().expect("a URI")),
        "ip" => SanType::IpAddress(name.parse().expect("an address")),
        other => panic!("there is no kind of name `{other}`"),
    }
}

impl Issued {
    /// Writes it as `NAME.crt` and `NAME.key` into `folder`.
    ///
    /// # Panics
    /// If that cannot be written.
    pub fn write(&self, folder: &Path, name: &str) -> [PathBuf; 2] {
        [("crt", &self.certificate), ("key", &self.key)].map(|(extension, text)| {
            let path = folder.join(name).with_extension(extension);
            std::fs::write(&path, text).expect("a file");
            path
        })
    }
}
