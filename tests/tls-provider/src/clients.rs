//! Clients that use TLS independently of `ops`.

use reqwest::{Certificate, Client};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Requests `/livez` of the server at `address` with reqwest. Returns the status.
pub async fn get(folder: &Path, address: SocketAddr) -> Result<String, Box<dyn Error>> {
    let authority = Certificate::from_pem(&std::fs::read(folder.join("authority.crt"))?)?;
    let client = Client::builder().tls_certs_only([authority]).resolve("localhost", address).build()?;
    let response = client.get(format!("https://localhost:{}/livez", address.port())).send().await?;
    Ok(response.status().to_string())
}

/// Connects with sqlx to a stub PostgreSQL server that closes the connection after the TLS handshake.
pub async fn connect_to_postgres(folder: &Path) -> Result<&'static str, Box<dyn Error>> {
    let chain = vec![CertificateDer::from_pem_file(folder.join("server.crt"))?];
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key"))?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;

    let options = PgConnectOptions::new_without_pgpass()
        .host("localhost")
        .port(listener.local_addr()?.port())
        .ssl_mode(PgSslMode::VerifyFull)
        .ssl_root_cert(folder.join("authority.crt"));
    let handshake = async {
        let (mut stream, _) = listener.accept().await?;
        // The client's `SSLRequest`, and the response that announces TLS.
        stream.read_exact(&mut [0; 8]).await?;
        stream.write_all(b"S").await?;
        TlsAcceptor::from(Arc::new(config)).accept(stream).await.map(drop)
    };
    let (handshake, _ended) = tokio::join!(handshake, options.connect());
    handshake?;
    Ok("secured")
}
