//! The handshake.

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

/// What is said to who does not begin with a handshake, as HTTP does.
const PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 43\r\n\r\nthis port speaks TLS: ask it with https://\n";

/// A connection after its handshake.
pub(crate) struct Secured<S> {
    pub(crate) stream: TlsStream<S>,
    /// What the client has shown, of an authority that is believed.
    pub(crate) certificate: Option<Arc<ClientCertificate>>,
    /// When that expires.
    expires: Option<SystemTime>,
    clock: Clock,
    trust: watch::Receiver<()>,
}

impl<S> Secured<S> {
    /// Returns once the client is to come again: its certificate has expired, or other authorities are believed.
    pub(crate) fn ends(&self) -> impl Future<Output = ()> + Send + use<S> {
        let (expires, clock, mut trust) = (self.expires, self.clock.clone(), self.trust.clone());
        async move {
            // Who has shown nothing has nothing that could end.
            let Some(expires) = expires else { return std::future::pending().await };
            tokio::select! {
                () = expiry(expires, &clock) => {}
                Ok(()) = trust.changed() => {}
            }
        }
    }
}

/// Waits until `expires`, also if the clock is set meanwhile.
async fn expiry(expires: SystemTime, clock: &Clock) {
    /// The longest time until a change of the clock is noticed.
    const PERIOD: Duration = Duration::from_secs(60);
    let left = || expires.duration_since(clock.time_of_day()).unwrap_or_default();
    let latest = Instant::now().checked_add(left());
    while !left().is_zero() && latest.is_none_or(|latest| Instant::now() < latest) {
        let next = Instant::now() + left().min(PERIOD);
        tokio::time::sleep_until(latest.map_or(next, |latest| next.min(latest))).await;
    }
}

/// Handshakes, apart from reading and following the files.
impl TlsFiles {
    /// Shakes hands with the client at the other end of `stream`. Who speaks something else is told so, and who is refused is
    /// told why; then as much is read as it sends, so that it can read that.
    pub(crate) async fn accept<S>(&self, mut stream: S) -> io::Result<Secured<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let accepted = match hello(&mut stream).await {
            Ok(accepted) => accepted,
            Err(error) => return Err(part(stream, error).await),
        };
        // In this order: what changes after the first of them is seen by it.
        let trust = self.trust.subscribe();
        let config = self.now.load().config.clone();
        match StartHandshake::from_parts(accepted, stream).into_stream(config).into_fallible().await {
            Ok(stream) => {
                let chain = stream.get_ref().1.peer_certificates();
                // One that was verified and cannot be read is no reason to go on as if there were none.
                let unreadable = || io::Error::new(io::ErrorKind::InvalidData, "the certificate cannot be read");
                let shown = chain.and_then(|chain| chain.first());
                let shown = shown.map(|der| names::of(der).ok_or_else(unreadable)).transpose()?;
                let (certificate, expires) = shown.unzip();
                let clock = self.clock().clone();
                Ok(Secured { stream, certificate: certificate.map(Arc::new), expires, clock, trust })
            }
            Err((error, stream)) => Err(part(stream, error).await),
        }
    }
}

/// The first message of a client.
async fn hello(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Accepted> {
    let mut acceptor = Acceptor::default();
    let mut is_first = true;
    loop {
        let mut bytes = [0; 1024];
        let read = stream.read(&mut bytes).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // Every method of HTTP begins with a letter, and no record of TLS does.
        if std::mem::take(&mut is_first) && bytes[0].is_ascii_alphabetic() {
            stream.write_all(PLAIN).await?;
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not speak TLS"));
        }
        let mut rest = &bytes[..read];
        while !rest.is_empty() {
            acceptor.read_tls(&mut rest)?;
            match acceptor.accept() {
                // Nothing may come before the answer to the first message.
                Ok(Some(accepted)) if rest.is_empty() => return Ok(accepted),
                Ok(Some(_)) => return Err(io::ErrorKind::InvalidData.into()),
                Ok(None) => {}
                Err((error, mut alert)) => {
                    let mut told = Vec::new();
                    alert.write_all(&mut told)?;
                    stream.write_all(&told).await?;
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
            }
        }
    }
}

/// Ends a connection so that what was said last can be read: bytes that nobody reads would have the system take it back.
async fn part<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::InvalidData && stream.shutdown().await.is_ok() {
        let mut bytes = [0; 1024];
        while matches!(stream.read(&mut bytes).await, Ok(1..)) {}
    }
    error
}
