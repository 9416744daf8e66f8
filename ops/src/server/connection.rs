//! One connection: HTTP/1.1 with limits on its heads, on the writing of its answers and on its age.

use super::places::{InFlight, Place};
use super::progress::Progress;
use super::rarely::Rarely;
use super::stop::Stopped;
use super::timer::ConnectionTimer;
use crate::admin::{Answers, Limits, Peer};
use crate::rbac::ClientCertificate;
#[cfg(feature = "tls")]
use crate::tls::{Secured, TlsFiles};
use axum::body::{Body, Bytes};
use http_body_util::{Either, Full};
use hyper::body::{Frame, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::error::Error;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};

/// The least that hyper takes as the size of its buffer.
const LEAST_BUFFER: usize = 8 * 1024;

/// So many headers are room that hyper has anyway. To ask for any other number costs each request more than to count them.
const USUAL_HEADERS: usize = 100;

/// What all connections of a server share.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) answers: Answers,
    pub(super) limits: Arc<Limits>,
    pub(super) stopped: Stopped,
    /// What is spoken below HTTP, if anything is.
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<TlsFiles>>,
}

/// Who is at the other end of a connection.
struct Client {
    peer: Peer,
    certificate: Option<Arc<ClientCertificate>>,
}

impl Service {
    /// Answers the requests that `peer` sends over `stream`, until it leaves, loses its `place`, is too old or the server is
    /// stopped.
    pub(super) async fn serve<S>(self, stream: S, peer: Peer, place: Place)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let place = Arc::new(place);
        let stream = Progress::new(stream, self.limits.write_progress_timeout);
        #[cfg(feature = "tls")]
        if let Some(tls) = self.tls.clone() {
            if let Some(secured) = self.secure(&tls, stream, peer, &place).await {
                let (end, certificate) = (secured.ends(), secured.certificate);
                self.exchange(secured.stream, Client { peer, certificate }, place, end).await;
            }
            return;
        }
        self.exchange(stream, Client { peer, certificate: None }, place, std::future::pending()).await;
    }

    /// The connection after its handshake, if that succeeds in time.
    #[cfg(feature = "tls")]
    async fn secure<S>(&self, tls: &TlsFiles, stream: S, peer: Peer, place: &Place) -> Option<Secured<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut stopped = self.stopped.clone();
        tokio::select! {
            ended = tokio::time::timeout(self.limits.tls_handshake_timeout, tls.accept(stream)) => match ended {
                Ok(Ok(secured)) => return Some(secured),
                // Strangers can make as many of these as they like.
                Ok(Err(error)) => tracing::debug!(%peer, %error, "a handshake of TLS fails"),
                Err(_elapsed) => tracing::debug!(%peer, "a handshake of TLS takes too long"),
            },
            () = place.lost() => {}
            () = stopped.wished() => {}
        }
        None
    }

    /// Answers the requests that come over `stream`, at the longest until `end`.
    async fn exchange<S>(self, stream: S, client: Client, place: Arc<Place>, end: impl Future<Output = ()>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Service { answers, limits, mut stopped, .. } = self;
        let was_asked = Arc::new(AtomicBool::new(false));
        let service = service_fn({
            let (limits, was_asked, place) = (limits.clone(), was_asked.clone(), place.clone());
            move |request: hyper::Request<hyper::body::Incoming>| {
                was_asked.store(true, Ordering::Relaxed);
                let in_flight = place.begin();
                let at_once = answers.at_once(&request, &limits).ok_or_else(|| {
                    let mut request = request.map(Body::new);
                    request.extensions_mut().insert(client.peer);
                    if let Some(certificate) = &client.certificate {
                        request.extensions_mut().insert(certificate.clone());
                    }
                    // In a box, so that what is answered at once is not moved about with room for all this.
                    Box::pin(answers.clone().answer(request, limits.clone()))
                });
                async {
                    let answer = match at_once {
                        Ok(answer) => answer.map(Either::Left),
                        Err(answer) => answer.await.map(Either::Right),
                    };
                    Ok::<_, Infallible>(answer.map(|body| Sent { body, _in_flight: in_flight }))
                }
            }
        });
        let mut http = http1::Builder::new();
        if limits.request_headers > USUAL_HEADERS {
            http.max_headers(limits.request_headers);
        }
        let connection = http
            .timer(ConnectionTimer::default())
            .header_read_timeout(limits.request_head_timeout)
            .max_buf_size(limits.request_head_bytes.max(LEAST_BUFFER))
            .max_header_size(limits.request_head_bytes)
            .half_close(true)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let told_to_end = Rarely::new(async {
            tokio::select! {
                () = place.lost() => Told::ToLeave,
                () = stopped.wished() => Told::ToFinish,
                () = tokio::time::sleep(limits.connection_age) => Told::ToFinish,
                () = end => Told::ToFinish,
            }
        });
        // An error of a connection is its client's: gone, too slow or not speaking HTTP. hyper has answered what can be.
        let told = tokio::select! {
            biased;
            _ended = connection.as_mut() => return,
            told = told_to_end => told,
        };
        // hyper waits for the first request of a new connection, which may never come.
        if told == Told::ToFinish && was_asked.load(Ordering::Relaxed) {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                _ended_or_elapsed = tokio::time::timeout(limits.shutdown_timeout, connection) => {}
                () = place.lost() => {}
            }
        }
    }
}

/// Why a connection ends that does not end by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Its place is somebody else's.
    ToLeave,
    /// It has until the end of a request that is in flight.
    ToFinish,
}

/// The body of an answer; it is in flight until all of it is taken.
struct Sent {
    body: Either<Full<Bytes>, Body>,
    _in_flight: InFlight,
}

impl hyper::body::Body for Sent {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
