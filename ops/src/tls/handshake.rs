//! The TLS handshake.

use super::files::TlsFiles;
use super::names;
use crate::rbac::ClientCertificate;
use ops_core::clock::Clock;
use rustls::server::{Accepted, Acceptor};
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::StartHandshake;
use tokio_rustls::server::TlsStream;

/// Response to clients that send plain HTTP.
const PLAIN_HTTP_RESPONSE: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 37\r\n\r\nthis port requires TLS; use https://\n";

/// A connection after its handshake.
pub(crate) struct Secured<S> {
    pub(crate) stream: TlsStream<S>,
    /// The verified client certificate, if one was presented.
    pub(crate) certificate: Option<Arc<ClientCertificate>>,
    /// Expiry of the client certificate.
    expires: Option<SystemTime>,
    clock: Clock,
    trust: watch::Receiver<()>,
}

impl<S> Secured<S> {
    /// Waits until the client certificate has expired or the client CAs have changed.
    pub(crate) fn ends(&self) -> impl Future<Output = ()> + Send + use<S> {
        let (expires, clock, mut trust) = (self.expires, self.clock.clone(), self.trust.clone());
        async move {
            // Connections without a client certificate never expire.
            let Some(expires) = expires else { return std::future::pending().await };
            tokio::select! {
                () = expiry(expires, &clock) => {}
                Ok(()) = trust.changed() => {}
            }
        }
    }
}

/// Waits until `expires`, even if the system clock is changed meanwhile.
async fn expiry(expires: SystemTime, clock: &Clock) {
    /// Maximum time until a change of the clock is noticed.
    const PERIOD: Duration = Duration::from_secs(60);
    let left = || expires.duration_since(clock.time_of_day()).unwrap_or_default();
    let latest = Instant::now().checked_add(left());
    while !left().is_zero() && latest.is_none_or(|latest| Instant::now() < latest) {
        let next = Instant::now() + left().min(PERIOD);
        tokio::time::sleep_until(latest.map_or(next, |latest| next.min(latest))).await;
    }
}

impl TlsFiles {
    /// Performs the handshake on `stream`.
    ///
    /// On failure, the client receives an alert, or a plain HTTP response if it did not use TLS.
    pub(crate) async fn accept<S>(&self, mut stream: S) -> io::Result<Secured<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let accepted = match hello(&mut stream).await {
            Ok(accepted) => accepted,
            Err(error) => return Err(close_after_alert(stream, error).await),
        };
        // Subscribe before loading the configuration, so that no change is missed.
        let trust = self.trust.subscribe();
        let config = self.active.load().config.clone();
        match StartHandshake::from_parts(accepted, stream).into_stream(config).into_fallible().await {
            Ok(stream) => {
                let chain = stream.get_ref().1.peer_certificates();
                // A certificate that was verified but cannot be parsed must not be treated as absent.
                let unreadable = || io::Error::new(io::ErrorKind::InvalidData, "cannot parse the client certificate");
                let presented = chain.and_then(|chain| chain.first());
                let presented = presented.map(|der| names::of(der).ok_or_else(unreadable)).transpose()?;
                let (certificate, expires) = presented.unzip();
                let clock = self.clock().clone();
                Ok(Secured { stream, certificate: certificate.map(Arc::new), expires, clock, trust })
            }
            Err((error, stream)) => Err(close_after_alert(stream, error).await),
        }
    }
}

/// Receives the ClientHello.
async fn hello(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Accepted> {
    let mut acceptor = Acceptor::default();
    let mut is_first = true;
    loop {
        let mut bytes = [0; 1024];
        let read = stream.read(&mut bytes).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // Every HTTP method begins with a letter, and no TLS record does.
        if std::mem::take(&mut is_first) && bytes[0].is_ascii_alphabetic() {
            stream.write_all(PLAIN_HTTP_RESPONSE).await?;
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the client did not use TLS"));
        }
        let mut rest = &bytes[..read];
        while !rest.is_empty() {
            acceptor.read_tls(&mut rest)?;
            match acceptor.accept() {
                // A client must not send further data before the ServerHello.
                Ok(Some(accepted)) if rest.is_empty() => return Ok(accepted),
                Ok(Some(_)) => return Err(io::ErrorKind::InvalidData.into()),
                Ok(None) => {}
                Err((error, mut alert)) => {
                    let mut bytes = Vec::new();
                    alert.write_all(&mut bytes)?;
                    stream.write_all(&bytes).await?;
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
            }
        }
    }
}

/// Closes a connection after an alert, and reads the client's remaining data.
///
/// Closing a socket with unread data causes a TCP reset, which may discard the alert.
async fn close_after_alert<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::InvalidData && stream.shutdown().await.is_ok() {
        let mut bytes = [0; 1024];
        while matches!(stream.read(&mut bytes).await, Ok(1..)) {}
    }
    error
}
