//! What a connection is answered from: the table of routes, and before it the one answer that is asked for most.

use super::Limits;
use super::answer::{always, answer};
use super::problem::Problem;
use super::routes::router;
use super::state::Admin;
use crate::descriptor::CheckKind;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderValue, STRICT_TRANSPORT_SECURITY};
use axum::http::{self, HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::Full;
use std::sync::{Arc, LazyLock};

static OK_HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
    let text = (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    let mut headers = HeaderMap::from_iter([text]);
    always(&mut headers);
    headers
});

/// What answers the requests of a connection.
#[derive(Clone)]
pub(crate) struct Answers {
    router: Router,
    admin: Option<Arc<Admin>>,
    /// What browsers are told of TLS, where it is spoken.
    strict_transport: Option<HeaderValue>,
}

impl Answers {
    /// Those of the table of routes.
    pub(crate) fn new(admin: &Arc<Admin>) -> Self {
        Answers { router: router(admin), admin: Some(admin.clone()), strict_transport: admin.strict_transport() }
    }

    /// `ok` to a plain question whether the program is alive, where no check has a say in it: at once, without looking for
    /// the route, which is public and would answer the same.
    pub(crate) fn at_once<B>(
        &self,
        request: &http::Request<B>,
        limits: &Limits,
    ) -> Option<http::Response<Full<Bytes>>> {
        let admin = self.admin.as_ref()?;
        let (uri, headers) = (request.uri(), request.headers());
        let is_plain = request.method() == Method::GET
            && matches!(uri.path(), "/livez" | "/healthz")
            && uri.query().is_none()
            && headers.get(ACCEPT).is_none_or(|accept| accept == "*/*")
            && !headers.contains_key(AUTHORIZATION)
            && headers.len() <= limits.request_headers;
        if !is_plain || admin.sources.health.has_checks_of(CheckKind::Liveness) {
            return None;
        }
        let mut response = http::Response::new(Full::new(Bytes::from_static(b"ok\n")));
        *response.headers_mut() = OK_HEADERS.clone();
        self.secure(response.headers_mut());
        Some(response)
    }

    /// The answer to `request`, within `limits`.
    pub(crate) async fn answer(self, request: Request, limits: Arc<Limits>) -> Response {
        if request.headers().len() > limits.request_headers {
            let problem = Problem::new(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                format!("a request has at most {} headers", limits.request_headers),
            );
            let mut response = problem.into_response();
            always(response.headers_mut());
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            self.secure(response.headers_mut());
            return response;
        }
        let Answers { router, strict_transport, .. } = self;
        let mut response = answer(router, request, limits.request_timeout).await;
        insert(response.headers_mut(), strict_transport);
        response
    }

    fn secure(&self, headers: &mut HeaderMap) {
        insert(headers, self.strict_transport.clone());
    }
}

fn insert(headers: &mut HeaderMap, strict_transport: Option<HeaderValue>) {
    if let Some(value) = strict_transport {
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
}

impl From<Router> for Answers {
    fn from(router: Router) -> Self {
        Answers { router, admin: None, strict_transport: None }
    }
}
