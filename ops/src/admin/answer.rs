//! What holds for every answer: it comes in time, it comes even if a handler panics, and nobody stores or guesses it.

use super::caught::caught;
use super::problem::Problem;
use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use std::time::Duration;
use tower::Service;

/// What every answer says to browsers and caches. No answer is a page, so no answer may be framed or load anything.
const ALWAYS: [(HeaderName, HeaderValue); 7] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// The answer of `router` to `request`, after at most `timeout`.
pub(super) async fn answer(mut router: Router, request: Request, timeout: Duration) -> Response {
    let uri = request.uri().clone();
    let mut response = match caught(tokio::time::timeout(timeout, router.call(request))).await {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(never))) => match never {},
        Ok(Err(_elapsed)) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("there is no answer after {timeout:?}"))
                .into_response()
        }
        Err(message) => {
            tracing::error!(path = uri.path(), message, "a handler of the admin API panicked");
            Problem::internal("the handler panicked: the log says more").into_response()
        }
    };
    always(response.headers_mut());
    response
}

/// Sets what every answer says.
pub(super) fn always(headers: &mut HeaderMap) {
    headers.reserve(ALWAYS.len() + 1);
    headers.extend(ALWAYS);
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;

    async fn ask(router: Router) -> (u16, String) {
        let response = answer(router, Request::new(Body::empty()), Duration::from_secs(1)).await;
        for (name, value) in ALWAYS {
            assert_eq!(response.headers()[name], value);
        }
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 1024).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_handler_that_panics_is_a_500_that_does_not_say_why() {
        let router = Router::new().route(
            "/",
            get(|| async {
                if true {
                    panic!("the secret")
                }
            }),
        );
        let body = r#"{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"the handler panicked: the log says more"}"#;
        assert_eq!(ask(router).await, (500, body.to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_hangs_is_a_503_in_time() {
        let router = Router::new().route("/", get(|| async { std::future::pending::<()>().await }));
        let body = r#"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"there is no answer after 1s"}"#;
        assert_eq!(ask(router).await, (503, body.to_owned()));
    }
}
