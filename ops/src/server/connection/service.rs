//! Serves one connection: HTTP/1.1 with limits on request heads, slow clients, and connection age.

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

/// hyper's default maximum number of headers. Any other number costs an allocation per request.
const DEFAULT_MAX_HEADERS: usize = 100;

/// Serves connections. It is cloned for each of them.
#[derive(Clone)]
pub(crate) struct ConnectionService {
    pub(crate) responder: Responder,
    pub(crate) limits: Arc<Limits>,
    pub(crate) shutdown: ShutdownSignal,
    /// TLS files, if the server uses TLS.
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Arc<TlsFiles>>,
}

/// The client of a connection.
struct Client {
    peer: ClientAddr,
    certificate: Option<Arc<ClientCertificate>>,
}

impl ConnectionService {
    /// Serves HTTP requests of `peer` on `stream`.
    ///
    /// Returns when the client disconnects, the connection is evicted or reaches its maximum age, or the server shuts down.
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

    /// Performs the TLS handshake. Returns `None` if it fails or times out.
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
                // Unauthenticated clients can cause any number of these events; they must not displace others from the log queue.
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

    /// Serves HTTP requests on `stream`, at most until `end` completes.
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
        let received_request = Arc::new(AtomicBool::new(false));
        let requests = Arc::new(Requests::default());
        let timeouts = ReadTimeouts { head: limits.request_head_timeout, idle: limits.idle_timeout };
        let stream = ReadTimeout::new(stream, requests.clone(), timeouts);
        let service = service_fn({
            let (limits, received_request, permit) = (limits.clone(), received_request.clone(), permit.clone());
            move |request: hyper::Request<hyper::body::Incoming>| {
                received_request.store(true, Ordering::Relaxed);
                let in_flight = (permit.begin_request(), requests.begin());
                let immediate = responder.respond_at_once(&request, &limits).ok_or_else(|| {
                    let mut request = request.map(Body::new);
                    request.extensions_mut().insert(client.peer);
                    if let Some(certificate) = &client.certificate {
                        request.extensions_mut().insert(certificate.clone());
                    }
                    // Boxed, because immediate responses would otherwise reserve space for this future.
                    Box::pin(responder.clone().respond(request, limits.clone()))
                });
                async {
                    let response = match immediate {
                        Ok(response) => response.map(Either::Left),
                        Err(pending) => pending.await.map(Either::Right),
                    };
                    Ok::<_, Infallible>(response.map(|body| InFlightBody { body, _in_flight: in_flight }))
                }
            }
        });
        let mut http = http1::Builder::new();
        if limits.max_request_headers > DEFAULT_MAX_HEADERS {
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
        // Connection errors are caused by the client (disconnected, too slow, not HTTP); hyper has responded where possible.
        let reason = tokio::select! {
            biased;
            _ended = connection.as_mut() => return,
            reason = closing => reason,
        };
        // hyper's graceful shutdown waits for the first request of a new connection, which may never arrive.
        if reason == CloseReason::Graceful && received_request.load(Ordering::Relaxed) {
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
    /// Evicted in favor of another connection.
    Evicted,
    /// Maximum age, expired client certificate or shutdown: a request in flight may finish.
    Graceful,
}

/// A response body that keeps its request in flight until the client has received all of it.
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
