//! A server's files and a client of it, for what is spoken over TLS.

use crate::certificates::{Authority, Issued};
use crate::{Answer, parse};
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

/// A folder with the certificate of a server (`server.crt`, `server.key`) and the one of who has issued it (`authorities.crt`).
#[derive(Debug)]
#[non_exhaustive]
pub struct Files {
    /// The folder.
    pub folder: TempDir,
    /// Who has issued it.
    pub authority: Authority,
}

impl Files {
    /// Those of an authority that nobody knows.
    pub fn new() -> Files {
        Files::of(Authority::new())
    }

    /// Those of an authority.
    ///
    /// # Panics
    /// If they cannot be written.
    pub fn of(authority: Authority) -> Files {
        let files = Files { folder: tempfile::tempdir().expect("a folder"), authority };
        files.write("authorities.crt", &files.authority.certificate());
        files.authority.server().write(files.folder.path(), "server");
        files
    }

    /// Where a file of that name is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }
}

impl Default for Files {
    fn default() -> Self {
        Files::new()
    }
}

/// A client that believes `authority`, shows a certificate if it has one, and speaks these versions.
///
/// # Panics
/// If one of the certificates is none.
pub fn client(
    authority: &Authority,
    shown: Option<&Issued>,
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&authority.certificate())).expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).expect("versions");
    let builder = builder.with_root_certificates(roots);
    match shown {
        None => builder.with_no_client_auth(),
        Some(shown) => {
            let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).expect("a key");
            builder.with_client_auth_cert(vec![certificate(&shown.certificate)], key).expect("a pair")
        }
    }
}

/// One that speaks TLS 1.2 and 1.3.
pub fn modern(authority: &Authority, shown: Option<&Issued>) -> ClientConfig {
    client(authority, shown, &[&TLS12, &TLS13])
}

/// A connection to the server at `localhost` with the port of `address`, after its handshake.
///
/// # Errors
/// If there is no server, or there was no handshake.
///
/// # Panics
/// Never: `localhost` is a name.
pub async fn connect(address: SocketAddr, client: ClientConfig) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", address.port())).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(client)).connect(name, stream).await
}

/// `GET path` with `headers`, over a connection that stays open.
///
/// # Errors
/// If the server ends it without an answer: what it says then.
pub async fn ask(stream: &mut TlsStream<TcpStream>, path: &str, headers: &[&str]) -> io::Result<Answer> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").as_bytes()).await?;
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if text.contains("\r\n\r\n") {
            let answer = parse(&text);
            let length = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
            let is_whole = length.map_or(text.ends_with("\r\n0\r\n\r\n"), |length| answer.body.len() >= length);
            if is_whole {
                return Ok(answer);
            }
        }
    }
}

/// `GET path` with `headers`, over a connection of its own.
///
/// # Errors
/// As of [`connect`] and [`ask`].
pub async fn get(address: SocketAddr, client: ClientConfig, path: &str, headers: &[&str]) -> io::Result<Answer> {
    ask(&mut connect(address, client).await?, path, headers).await
}

/// A policy with a viewer, `alice`, and with `bob`, who may nothing.
pub fn policy() -> Policy {
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    policy.add_user("alice", &["viewer"]);
    policy.add_user("bob", &[]);
    policy
}

/// Starts a server on a port of this machine that is free.
///
/// # Panics
/// If it does not start.
pub async fn start(builder: ApiBuilder) -> Running {
    builder.build().expect("a server").bind("127.0.0.1:0").await.expect("a server").spawn()
}

/// Waits until it is so.
///
/// # Panics
/// If it is not within 20 s.
pub async fn until(condition: impl AsyncFn() -> bool) {
    let met = async { while !condition().await {} };
    tokio::time::timeout(Duration::from_secs(20), met).await.expect("it happens");
}
