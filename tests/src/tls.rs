//! TLS test support: certificate files of a server, and clients.

use crate::certificates::{Authority, Issued};
use crate::{Response, parse};
use ops::rbac::{Cost, Policy};
use ops::{ApiBuilder, Running};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
pub use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A folder with a server certificate and its CA: `server.crt`, `server.key` and `authorities.crt`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Files {
    /// Temporary folder.
    pub folder: TempDir,
    /// Issuer of the server certificate.
    pub authority: Authority,
}

impl Files {
    /// Creates the files with a new authority.
    pub fn new() -> Files {
        Files::of(Authority::new())
    }

    /// Creates the files with a server certificate issued by `authority`.
    ///
    /// # Panics
    /// Panics if a file cannot be written.
    pub fn of(authority: Authority) -> Files {
        let files = Files { folder: tempfile::tempdir().expect("a temporary folder must be creatable"), authority };
        files.write("authorities.crt", &files.authority.certificate());
        files.authority.server().write(files.folder.path(), "server");
        files
    }

    /// Returns the path of the file `name`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the file `name`.
    ///
    /// # Panics
    /// Panics if the file cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the file must be writable");
    }
}

impl Default for Files {
    fn default() -> Self {
        Files::new()
    }
}

/// Configures a client that trusts `authority` and offers these TLS versions.
///
/// It presents the certificate `shown`, if any.
///
/// # Panics
/// Panics if a certificate or key is invalid.
pub fn client(
    authority: &Authority,
    shown: Option<&Issued>,
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).expect("the PEM must be valid");
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&authority.certificate())).expect("the CA certificate must be valid");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions);
    let builder = builder.expect("the provider must support these versions");
    let builder = builder.with_root_certificates(roots);
    match shown {
        None => builder.with_no_client_auth(),
        Some(shown) => {
            let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).expect("the private key must be valid");
            builder
                .with_client_auth_cert(vec![certificate(&shown.certificate)], key)
                .expect("the key must match the certificate")
        }
    }
}

/// Configures a [`client`] that offers TLS 1.2 and 1.3.
pub fn modern(authority: &Authority, shown: Option<&Issued>) -> ClientConfig {
    client(authority, shown, &[&TLS12, &TLS13])
}

/// Connects to `localhost` on the port of `address` and completes the TLS handshake.
///
/// # Errors
/// Returns an error if the connection or the handshake fails.
pub async fn connect(address: SocketAddr, client: ClientConfig) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", address.port())).await?;
    let name = ServerName::try_from("localhost").expect("`localhost` is a valid server name");
    TlsConnector::from(Arc::new(client)).connect(name, stream).await
}

/// Sends `GET path` with `headers` over an established connection, which stays open.
///
/// # Errors
/// Returns an error if the connection ends before a complete response, such as the TLS alert of the server.
pub async fn get_on(stream: &mut TlsStream<TcpStream>, path: &str, headers: &[&str]) -> io::Result<Response> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").as_bytes()).await?;
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if text.contains("\r\n\r\n") {
            let response = parse(&text);
            let length = response.header("content-length").and_then(|length| length.parse::<usize>().ok());
            let is_whole = length.map_or(text.ends_with("\r\n0\r\n\r\n"), |length| response.body.len() >= length);
            if is_whole {
                return Ok(response);
            }
        }
    }
}

/// Sends `GET path` with `headers` over a new connection.
///
/// # Errors
/// Returns the errors of [`connect`] and [`get_on`].
pub async fn get(address: SocketAddr, client: ClientConfig, path: &str, headers: &[&str]) -> io::Result<Response> {
    get_on(&mut connect(address, client).await?, path, headers).await
}

/// Creates a policy with the viewer `alice` and the user `bob` without roles.
pub fn policy() -> Policy {
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    policy.add_user("alice", &["viewer"]);
    policy.add_user("bob", &[]);
    policy
}

/// Starts a server on a free loopback port.
///
/// # Panics
/// Panics if the server does not start.
pub async fn start(builder: ApiBuilder) -> Running {
    let server = builder.build().expect("the configuration must be valid").bind("127.0.0.1:0").await;
    server.expect("a port must be free").spawn()
}

/// Polls `condition` until it holds.
///
/// # Panics
/// Panics if it does not hold within 20 s.
pub async fn until(condition: impl AsyncFn() -> bool) {
    let met = async { while !condition().await {} };
    tokio::time::timeout(Duration::from_secs(20), met).await.expect("the condition must hold in time");
}
