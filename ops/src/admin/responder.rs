//! Responds to requests: enforces the limits of request heads and the timeout, and calls the router.
//!
//! Plain liveness probes are served without the router.

use super::Limits;
use super::context::AdminState;
use super::http::{ProblemDetails, insert_security_headers};
use super::router::router;
use crate::descriptor::CheckKind;
use crate::log;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, STRICT_TRANSPORT_SECURITY,
};
use axum::http::{self, HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::Full;
use ops_core::unwind::catch_panic_async;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tower::Service;

static OK_HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
    let text = (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    let mut headers = HeaderMap::from_iter([text]);
    insert_security_headers(&mut headers);
    headers
});

/// Responds to the requests of all connections of a server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Responder {
    router: Router,
    /// `None` for a bare router in tests.
    state: Option<Arc<AdminState>>,
    /// Value of `Strict-Transport-Security`, if configured.
    strict_transport: Option<HeaderValue>,
}

impl Responder {
    /// Creates a responder that serves the route table.
    pub(crate) fn new(state: &Arc<AdminState>) -> Self {
        Responder { router: router(state), state: Some(state.clone()), strict_transport: state.strict_transport() }
    }

    /// Responds to a plain liveness probe without routing, if there are no liveness checks.
    ///
    /// The response is the same as that of the route, which is public. Returns `None` for any other request.
    pub(crate) fn respond_at_once<B>(
        &self,
        request: &http::Request<B>,
        limits: &Limits,
    ) -> Option<http::Response<Full<Bytes>>> {
        let state = self.state.as_ref()?;
        let (uri, headers) = (request.uri(), request.headers());
        let is_plain = request.method() == Method::GET
            && matches!(uri.path(), "/livez" | "/healthz")
            && uri.query().is_none()
            && headers.get(ACCEPT).is_none_or(|accept| accept == "*/*")
            && !headers.contains_key(AUTHORIZATION)
            && headers.len() <= limits.max_request_headers
            && head_bytes(request) <= limits.max_request_head_bytes
            && headers.get_all(HOST).iter().count() <= 1;
        if !is_plain || state.config.health.has_checks_of(CheckKind::Liveness) {
            return None;
        }
        let mut response = http::Response::new(Full::new(Bytes::from_static(b"ok\n")));
        *response.headers_mut() = OK_HEADERS.clone();
        self.insert_strict_transport(response.headers_mut());
        Some(response)
    }

    /// Responds to `request` within `limits`.
    pub(crate) async fn respond(self, request: Request, limits: Arc<Limits>) -> Response {
        if head_bytes(&request) > limits.max_request_head_bytes {
            // The same response as hyper sends for a head that exceeds its buffer.
            return (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, [(CONNECTION, "close")]).into_response();
        }
        if request.headers().len() > limits.max_request_headers {
            let problem = ProblemDetails::new(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                format!("too many request headers: the maximum is {}", limits.max_request_headers),
            );
            let mut response = problem.into_response();
            insert_security_headers(response.headers_mut());
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            self.insert_strict_transport(response.headers_mut());
            return response;
        }
        let Responder { router, strict_transport, .. } = self;
        let mut response = call_router(router, request, limits.request_timeout).await;
        insert_strict_transport(response.headers_mut(), strict_transport);
        response
    }

    fn insert_strict_transport(&self, headers: &mut HeaderMap) {
        insert_strict_transport(headers, self.strict_transport.clone());
    }
}

/// Returns the size of the head of `request` when encoded as HTTP/1.1, in bytes.
///
/// The oldest supported hyper has no option to limit the head, only its read buffer.
fn head_bytes<B>(request: &http::Request<B>) -> usize {
    let target = request.uri().path_and_query().map_or(1, |target| target.as_str().len());
    let start = request.method().as_str().len() + target + "  HTTP/1.1\r\n\r\n".len();
    request
        .headers()
        .iter()
        .fold(start, |bytes, (name, value)| bytes + name.as_str().len() + value.len() + ": \r\n".len())
}

fn insert_strict_transport(headers: &mut HeaderMap, strict_transport: Option<HeaderValue>) {
    if let Some(value) = strict_transport {
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
}

impl From<Router> for Responder {
    fn from(router: Router) -> Self {
        Responder { router, state: None, strict_transport: None }
    }
}

/// Calls `router`. Responds with a problem document on timeout or panic.
async fn call_router(mut router: Router, request: Request, timeout: Duration) -> Response {
    let uri = request.uri().clone();
    let mut response = match catch_panic_async(tokio::time::timeout(timeout, router.call(request))).await {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(never))) => match never {},
        Ok(Err(_elapsed)) => {
            ProblemDetails::new(StatusCode::SERVICE_UNAVAILABLE, format!("request timed out after {timeout:?}"))
                .into_response()
        }
        Err(message) => {
            log::emit(move || {
                tracing::error!(path = uri.path(), %message, "a handler of the admin API panicked");
            });
            ProblemDetails::internal("the handler panicked; see the log of the program for the cause").into_response()
        }
    };
    insert_security_headers(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::http::SECURITY_HEADERS;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;

    async fn respond(router: Router) -> (u16, String) {
        let response = call_router(router, Request::new(Body::empty()), Duration::from_secs(1)).await;
        for (name, value) in SECURITY_HEADERS {
            assert_eq!(response.headers()[name], value);
        }
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 1024).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn handler_panic_is_a_500_without_the_panic_message() {
        let router = Router::new().route(
            "/",
            get(|| async {
                if true {
                    panic!("the secret")
                }
            }),
        );
        let body = r#"{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"the handler panicked; see the log of the program for the cause"}"#;
        assert_eq!(respond(router).await, (500, body.to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn hanging_handler_is_a_503_after_the_timeout() {
        let router = Router::new().route("/", get(|| async { std::future::pending::<()>().await }));
        let body = r#"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"request timed out after 1s"}"#;
        assert_eq!(respond(router).await, (503, body.to_owned()));
    }
}
