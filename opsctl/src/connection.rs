//! Connections to a service over TCP or a Unix socket, with or without TLS.

use super::stream::Stream;
use super::tls;
use clap::Args;
use ops::error::ErrorChain;
use ops::net::{Connector, Scheme, Url};
use std::io;
use std::path::PathBuf;

/// Options of the connection to a service.
#[derive(Args)]
pub(super) struct ConnectionOptions {
    /// Connect to the Unix socket at this path instead of the host in the URL (`http://localhost/readyz`).
    #[arg(long, value_name = "PATH")]
    unix_socket: Option<PathBuf>,
    #[command(flatten)]
    tls: tls::TlsOptions,
}

impl ConnectionOptions {
    /// Parses a URL and checks that these options apply to it.
    ///
    /// Not a value parser of clap, whose errors would show the entire argument, including a password in it.
    pub(super) fn parse(&self, url: &str) -> Result<Url, String> {
        let url: Url = url.parse().map_err(|error: ops::net::UrlError| ErrorChain(&error).to_string())?;
        if url.scheme() == Scheme::Http && self.tls.are_set() {
            return Err(format!(
                "{url}: TLS options need an `https://` URL; use `https://`, or remove `--cacert`, `--cert` and `--server-name`"
            ));
        }
        Ok(url)
    }

    /// Connects to the Unix socket, or to the host of `url`.
    pub(super) async fn connect(&self, url: &Url) -> Result<Box<dyn Stream>, String> {
        let stream: Box<dyn Stream> = match &self.unix_socket {
            Some(path) => unix(path)
                .await
                .map_err(|error| format!("cannot connect to `{}`: {}", path.display(), ErrorChain(&error)))?,
            None => {
                let address = url.address();
                let connected = Connector::new(address.clone()).connect().await;
                Box::new(connected.map_err(|error| format!("cannot connect to `{address}`: {}", ErrorChain(&error)))?)
            }
        };
        match url.scheme() {
            Scheme::Https => self.tls.secure(stream, &url.address().host().to_server_name()).await,
            _ => Ok(stream),
        }
    }
}

#[cfg(unix)]
async fn unix(path: &std::path::Path) -> io::Result<Box<dyn Stream>> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

#[cfg(not(unix))]
async fn unix(_path: &std::path::Path) -> io::Result<Box<dyn Stream>> {
    Err(io::ErrorKind::Unsupported.into())
}
