//! Protection against cross-site request forgery (CSRF).

use crate::admin::http::ProblemDetails;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HOST, HeaderValue, ORIGIN};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};

/// Custom header that HTML forms cannot send, and cross-origin scripts only after a CORS preflight.
///
/// The server rejects preflights.
const CSRF_HEADER: &str = "x-ops-request";

/// Fetch metadata header, in which browsers state the origin of a request.
///
/// See <https://www.w3.org/TR/fetch-metadata/>.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Returns `true` if requests with this method are mutations.
pub(crate) fn is_mutation(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// Rejects a mutation without `X-Ops-Request: 1` and `Content-Type: application/json`.
pub(crate) fn check_mutation(head: &Parts) -> Result<(), ProblemDetails> {
    let only = |name: &str| {
        let mut values = head.headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
    };
    if only(CSRF_HEADER) != Some(b"1") {
        return Err(ProblemDetails::forbidden(
            "missing `X-Ops-Request` header: mutations require it; send `X-Ops-Request: 1`",
        ));
    }
    if !only(CONTENT_TYPE.as_str()).is_some_and(is_json) {
        return Err(ProblemDetails::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported media type: mutations require JSON; send `Content-Type: application/json`",
        ));
    }
    Ok(())
}

fn is_json(content_type: &[u8]) -> bool {
    let essence = content_type.split(|&byte| byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

/// Rejects an unsafe request that a browser sent from another origin.
///
/// Decides by `Sec-Fetch-Site` if present (Fetch Metadata, section 2.4): `same-origin` and `none` (user navigation) pass.
/// Otherwise the host in `Origin`, if present, must equal the requested host. Clients other than browsers send neither header.
pub(crate) fn check_origin(request: &Request) -> Result<(), ProblemDetails> {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || is_same_origin(request) {
        return Ok(());
    }
    Err(ProblemDetails::forbidden("cross-origin request denied: mutations must come from the same origin"))
}

fn is_same_origin(request: &Request) -> bool {
    let values = |name: &'static str| {
        request.headers().get_all(name).iter().map(HeaderValue::as_bytes).filter(|value| !value.is_empty())
    };
    let mut sites = values(SEC_FETCH_SITE).peekable();
    if sites.peek().is_some() {
        return sites.all(|site| matches!(site, b"same-origin" | b"none"));
    }
    let host = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let host = host.or_else(|| request.headers().get(HOST).map(HeaderValue::as_bytes));
    values(ORIGIN.as_str()).all(|origin| {
        let authority = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
        authority.is_some() && authority == host
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::response::IntoResponse;
    use axum::routing::post;
    use tower::Service;

    /// Sends a request to a route with both checks and returns the status.
    async fn send(headers: &[(&str, &str)]) -> u16 {
        let handler = async |request: Request| match check_origin(&request)
            .and_then(|()| check_mutation(&request.into_parts().0))
        {
            Ok(()) => StatusCode::OK.into_response(),
            Err(problem) => problem.into_response(),
        };
        let mut router: Router = Router::new().route("/", post(handler));
        let mut request = Request::post("/").header("host", "ops.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        router.call(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn admits_only_same_origin_json_with_the_custom_header() {
        let sites = [None, Some("cross-site"), Some("same-site"), Some("same-origin"), Some("none"), Some("garbage")];
        let origins = [
            None,
            Some("null"),
            Some("http://evil.example"),
            Some("http://ops.example"),
            Some("http://ops.example:81"),
            Some("HTTP://OPS.EXAMPLE"),
        ];
        let types = [
            None,
            Some("application/json"),
            Some("application/x-www-form-urlencoded"),
            Some("text/plain"),
            Some("multipart/form-data"),
        ];
        let mut allowed = Vec::new();
        let mut all = Vec::new();
        for (site, origin) in sites.iter().flat_map(|site| origins.map(|origin| (*site, origin))) {
            all.extend(
                types.iter().flat_map(|kind| [None, Some("1")].map(|csrf_header| (site, origin, *kind, csrf_header))),
            );
        }
        for (site, origin, content_type, csrf_header) in all {
            let headers = [
                ("sec-fetch-site", site),
                ("origin", origin),
                ("content-type", content_type),
                (CSRF_HEADER, csrf_header),
            ];
            let sent: Vec<_> = headers.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
            if send(&sent).await == 200 {
                assert_eq!((content_type, csrf_header), (Some("application/json"), Some("1")), "{sent:?}");
                allowed.push((site, origin));
            }
        }
        let mut expected = vec![(None, None), (None, Some("http://ops.example"))];
        for site in ["same-origin", "none"] {
            expected.extend(origins.map(|origin| (Some(site), origin)));
        }
        assert_eq!(allowed, expected);
    }

    #[tokio::test]
    async fn rejects_missing_and_duplicate_headers() {
        let json = ("content-type", "application/json");
        for (headers, status) in [
            (&[json, (CSRF_HEADER, "1")][..], 200),
            (&[("content-type", "Application/JSON; charset=utf-8"), (CSRF_HEADER, "1")], 200),
            (&[json], 403),
            (&[json, (CSRF_HEADER, "true")], 403),
            (&[json, (CSRF_HEADER, "1"), (CSRF_HEADER, "1")], 403),
            (&[(CSRF_HEADER, "1")], 415),
            (&[("content-type", "application/jsonp"), (CSRF_HEADER, "1")], 415),
            (&[json, json, (CSRF_HEADER, "1")], 415),
        ] {
            assert_eq!(send(headers).await, status, "{headers:?}");
        }
    }
}
