//! A connection to a service: over a network or a Unix socket, with TLS or without.

use super::stream::Stream;
use super::tls;
use clap::Args;
use hyper::Uri;
use ops::error::ErrorChain;
use std::io;
use std::path::PathBuf;
use tokio::net::TcpStream;

/// Whom to ask, and over what.
#[derive(Args)]
pub(super) struct ConnectionOptions {
    /// The URL, as `http://127.0.0.1:9464/readyz` or `https://ops.example:9464/readyz`.
    pub(super) url: String,
    /// Connect to the Unix socket at this path, whatever host the URL names (`http://localhost/readyz`).
    #[arg(long, value_name = "PATH")]
    unix_socket: Option<PathBuf>,
    #[command(flatten)]
    tls: tls::TlsOptions,
}

impl ConnectionOptions {
    /// The URL, taken apart.
    pub(super) fn uri(&self) -> Result<Uri, String> {
        let none = || format!("{}: a URL begins with `http://` or `https://` and a host", self.url);
        let uri: Uri = self.url.parse().map_err(|_error| none())?;
        match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => Ok(uri),
            (Some("http"), Some(_)) if !self.tls.are_given() => Ok(uri),
            (Some("http"), Some(_)) => Err(format!(
                "{}: there is no TLS without `https://`, and so neither certificates nor authorities",
                self.url
            )),
            _ => Err(none()),
        }
    }

    /// Connects to where `uri` or a path says.
    pub(super) async fn connect(&self, uri: &Uri) -> Result<Box<dyn Stream>, String> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let is_secure = uri.scheme_str() == Some("https");
        let stream = match &self.unix_socket {
            Some(path) => unix(path)
                .await
                .map_err(|error| format!("{} cannot be connected to: {}", path.display(), ErrorChain(&error)))?,
            None => {
                let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
                let connected = TcpStream::connect((host, port)).await;
                Box::new(
                    connected
                        .map_err(|error| format!("{host}:{port} cannot be connected to: {}", ErrorChain(&error)))?,
                )
            }
        };
        if is_secure { self.tls.secure(stream, host).await } else { Ok(stream) }
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
