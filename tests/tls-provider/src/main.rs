//! A program that serves probes with `ops` over TLS and uses TLS independently of it.
//!
//! Usage: `tls-provider FOLDER [before|after]`. The folder contains `authority.crt`, `server.crt` and `server.key`. With the
//! feature `aws-lc-rs`, the program can install a crypto provider before or after starting `ops`.

#[cfg(feature = "clients")]
mod clients;

use ops::{Api, Running, Tls};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ops::MainError> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("missing argument: the folder of the certificates")?);
    let when = arguments.next();

    if when.as_deref() == Some("before") {
        install(|provider| {
            // A cipher suite that no built-in provider prefers.
            provider.cipher_suites.retain(|suite| suite.suite() == rustls::CipherSuite::TLS13_CHACHA20_POLY1305_SHA256);
        });
    }
    let installed = CryptoProvider::get_default().is_some();
    let server = serve(&folder).await?;
    assert_eq!(CryptoProvider::get_default().is_some(), installed, "`ops` must not install a provider");
    if when.as_deref() == Some("after") {
        install(|_provider| {});
    }

    let address = server.local_addr().ok_or("no address")?;
    println!("rustls: {}", handshake(&folder, address).await?);
    #[cfg(feature = "clients")]
    {
        println!("reqwest: {}", clients::get(&folder, address).await?);
        println!("sqlx: {}", clients::connect_to_postgres(&folder).await?);
    }
    server.shutdown().await?;
    Ok(())
}

/// Starts an `ops` server.
async fn serve(folder: &Path) -> Result<Running, ops::Error> {
    let tls = Tls::new(folder.join("server.crt"), folder.join("server.key"));
    Ok(Api::builder().tls(tls).build()?.bind("127.0.0.1:0").await?.spawn())
}

/// Connects with the default provider of rustls. Returns the negotiated cipher suite and key exchange.
async fn handshake(folder: &Path, address: SocketAddr) -> Result<String, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("authority.crt"))?)?;
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let stream = TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost")?, stream).await?;
    let (_, connection) = stream.get_ref();
    let suite = connection.negotiated_cipher_suite().ok_or("no cipher suite")?.suite();
    let key_exchange = connection.negotiated_key_exchange_group().ok_or("no key exchange")?.name();
    Ok(format!("{suite:?} {key_exchange:?}"))
}

/// Installs the default provider of rustls, modified by `change`. No provider may be installed yet.
#[cfg(feature = "aws-lc-rs")]
fn install(change: impl FnOnce(&mut CryptoProvider)) {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    change(&mut provider);
    provider.install_default().expect("no provider may be installed yet");
}

#[cfg(not(feature = "aws-lc-rs"))]
fn install(_change: impl FnOnce(&mut CryptoProvider)) {
    panic!("installing a provider requires the feature `aws-lc-rs`");
}
