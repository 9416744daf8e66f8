//! A connection to a service: over a network or a Unix socket, with TLS or without.

use super::stream::Stream;
use super::tls;
use clap::Args;
use ops::error::ErrorChain;
use ops::net::{Connector, Scheme, Url};
use std::io;
use std::path::PathBuf;

/// Options of the connection to the service of a URL.
#[derive(Args)]
pub(super) struct ConnectionOptions {
    /// Connect to the Unix socket at this path, whatever host the URL names (`http://localhost/readyz`).
    #[arg(long, value_name = "PATH")]
    unix_socket: Option<PathBuf>,
    #[command(flatten)]
    tls: tls::TlsOptions,
}

impl ConnectionOptions {
    /// Parses a URL that these options fit. It is parsed here and not as an argument, whose errors show the whole text.
    pub(super) fn parse(&self, url: &str) -> Result<Url, String> {
        let url: Url = url.parse().map_err(|error: ops::net::UrlError| ErrorChain(&error).to_string())?;
        if url.scheme() == Scheme::Http && self.tls.are_given() {
            return Err(format!(
                "{url}: there is no TLS without `https://`, and so neither certificates nor authorities"
            ));
        }
        Ok(url)
    }

    /// Connects to where `url` or a path says.
    pub(super) async fn connect(&self, url: &Url) -> Result<Box<dyn Stream>, String> {
        let stream: Box<dyn Stream> = match &self.unix_socket {
            Some(path) => unix(path)
                .await
                .map_err(|error| format!("{} cannot be connected to: {}", path.display(), ErrorChain(&error)))?,
            None => {
                let address = url.address();
                let connected = Connector::new(address.clone()).connect().await;
                Box::new(
                    connected.map_err(|error| format!("{address} cannot be connected to: {}", ErrorChain(&error)))?,
                )
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
