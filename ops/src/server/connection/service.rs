//! The service of one connection: HTTP/1.1 with limits on its request heads, on the writing of its responses and on its age.

use super::connection_limiter::{ConnectionPermit, InFlightRequest};
use super::poll_on_wake::PollOnWake;
use super::read_timeout::{ReadTimeout, ReadTimeouts, RequestGuard, Requests};
use super::write_timeout::WriteTimeout;
use crate::admin::{ClientAddr, Limits, Responder};
#[cfg(feature = "tls")]
use crate::error::ErrorChain;
#[cfg(feature = "tls")]
use crate::log;
use crate::rbac::ClientCertificate;
use crate::server::shutdown::ShutdownSignal;
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

/// So many headers are room that hyper has anyway. To ask for any other number costs each request more than to count them.
const USUAL_HEADERS: usize = 100;

/// Serves connections; cloned for each.
#[derive(Clone)]
pub(crate) struct ConnectionService {
    pub(crate) responder: Responder,
    pub(crate) limits: Arc<Limits>,
    pub(crate) shutdown: ShutdownSignal,
    /// The TLS files, if the server speaks TLS.
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Arc<TlsFiles>>,
}

/// The client of a connection.
struct Client {
    peer: ClientAddr,
    certificate: Option<Arc<ClientCertificate>>,
}

impl ConnectionService {
    /// Responder the requests that `peer` sends over `stream`, until it leaves, loses its `permit`, is too old or the server is
    /// stopped.
    pub(crate) async fn serve<S>(self, stream: S, peer: ClientAddr, permit: ConnectionPermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let permit = Arc::new(permit);
        let stream = WriteTimeout::new(stream, self.limits.write_timeout);
        #[cfg(feature = "tls")]
        if let Some(tls) = self.tls.clone() {
            if let Some(secured) = self.accept_tls(&tls, stream, peer, &permit).await {
                let (end, certificate) = (secured.ends(), secured.certificate);
                self.serve_http(secured.stream, Client { peer, certificate }, permit, end).await;
            }
            return;
        }
        self.serve_http(stream, Client { peer, certificate: None }, permit, std::future::pending()).await;
    }

    /// Performs the TLS handshake; `None` if it fails or takes too long.
    #[cfg(feature = "tls")]
    async fn accept_tls<S>(
        &self,
        tls: &TlsFiles,
        stream: S,
        peer: ClientAddr,
        permit: &ConnectionPermit,
    ) -> Option<Secured<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let shutdown = self.shutdown.clone();
        tokio::select! {
            ended = tokio::time::timeout(self.limits.tls_handshake_timeout, tls.accept(stream)) => match ended {
                Ok(Ok(secured)) => return Some(secured),
                // Strangers can cause as many of these as they like: they must not crowd other events out of the queue.
                Ok(Err(_)) | Err(_) if !tracing::enabled!(tracing::Level::DEBUG) => {}
                Ok(Err(error)) => {
                    log::emit(move || tracing::debug!(%peer, error = %ErrorChain(&error), "TLS handshake failed"));
                }
                Err(_elapsed) => log::emit(move || tracing::debug!(%peer, "TLS handshake timed out")),
            },
            () = permit.evicted() => {}
            () = shutdown.requested() => {}
        }
        None
    }

    /// Responder the requests that come over `stream`, at the longest until `end`.
    async fn serve_http<S>(
        self,
        stream: S,
        client: Client,
        permit: Arc<ConnectionPermit>,
        end: impl Future<Output = ()>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let ConnectionService { responder, limits, shutdown, .. } = self;
        let was_asked = Arc::new(AtomicBool::new(false));
        let requests = Arc::new(Requests::default());
        let timeouts = ReadTimeouts { head: limits.request_head_timeout, idle: limits.idle_timeout };
        let stream = ReadTimeout::new(stream, requests.clone(), timeouts);
        let service = service_fn({
            let (limits, was_asked, permit) = (limits.clone(), was_asked.clone(), permit.clone());
            move |request: hyper::Request<hyper::body::Incoming>| {
                was_asked.store(true, Ordering::Relaxed);
                let in_flight = (permit.begin_request(), requests.begin());
                let at_once = responder.respond_at_once(&request, &limits).ok_or_else(|| {
                    let mut request = request.map(Body::new);
                    request.extensions_mut().insert(client.peer);
                    if let Some(certificate) = &client.certificate {
                        request.extensions_mut().insert(certificate.clone());
                    }
                    // In a box, so that what is answered at once is not moved about with room for all this.
                    Box::pin(responder.clone().respond(request, limits.clone()))
                });
                async {
                    let answer = match at_once {
                        Ok(answer) => answer.map(Either::Left),
                        Err(answer) => answer.await.map(Either::Right),
                    };
                    Ok::<_, Infallible>(answer.map(|body| InFlightBody { body, _in_flight: in_flight }))
                }
            }
        });
        let mut http = http1::Builder::new();
        if limits.max_request_headers > USUAL_HEADERS {
            http.max_headers(limits.max_request_headers);
        }
        let connection = http
            .header_read_timeout(None)
            .max_buf_size(limits.max_request_head_bytes)
            .half_close(true)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let closing = PollOnWake::new(async {
            tokio::select! {
                () = permit.evicted() => CloseReason::Evicted,
                () = shutdown.requested() => CloseReason::Graceful,
                () = tokio::time::sleep(limits.max_connection_age) => CloseReason::Graceful,
                () = end => CloseReason::Graceful,
            }
        });
        // An error of a connection is its client's: gone, too slow or not speaking HTTP. hyper has answered what can be.
        let reason = tokio::select! {
            biased;
            _ended = connection.as_mut() => return,
            reason = closing => reason,
        };
        // hyper waits for the first request of a new connection, which may never come.
        if reason == CloseReason::Graceful && was_asked.load(Ordering::Relaxed) {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                _ended_or_elapsed = tokio::time::timeout(limits.shutdown_timeout, connection) => {}
                () = permit.evicted() => {}
            }
        }
    }
}

/// The reason the server closes a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CloseReason {
    /// It is evicted for another one.
    Evicted,
    /// It is too old or the server shuts down: a request in flight may finish.
    Graceful,
}

/// The body of a response; its request is in flight until the client has taken all of it.
struct InFlightBody {
    body: Either<Full<Bytes>, Body>,
    _in_flight: (InFlightRequest, RequestGuard),
}

impl hyper::body::Body for InFlightBody {
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
