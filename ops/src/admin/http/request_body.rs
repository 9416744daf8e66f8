//! Request bodies, read with a size limit and a timeout.

use super::ProblemDetails;
use crate::admin::Limits;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

/// Reads a complete body without a content coding.
///
/// A body whose `Content-Length` exceeds the limit is rejected before it is read.
pub(crate) async fn read_body(head: &Parts, body: Body, limits: &Limits) -> Result<Bytes, ProblemDetails> {
    let too_long = || {
        let limit = limits.max_request_body_bytes;
        ProblemDetails::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("request body too large: the maximum is {limit} bytes"),
        )
    };
    if head.headers.contains_key(CONTENT_ENCODING) {
        return Err(ProblemDetails::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported `Content-Encoding`; send the body without a content coding",
        ));
    }
    let announced = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > limits.max_request_body_bytes as u64) {
        return Err(too_long());
    }
    let received = Limited::new(body, limits.max_request_body_bytes).collect();
    match timeout(limits.request_body_timeout, received).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long()),
        Ok(Err(_broken)) => Err(ProblemDetails::bad_request("incomplete request body: the client stopped sending it")),
        Err(_elapsed) => Err(ProblemDetails::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("request body not received within {:?}", limits.request_body_timeout),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::Request;
    use axum::response::IntoResponse;
    use std::time::Duration;

    fn limits() -> Limits {
        Limits::default().max_request_body_bytes(4).request_body_timeout(Duration::from_secs(1))
    }

    async fn status(headers: &[(&str, &str)], body: Body) -> u16 {
        let mut request = Request::post("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, body) = request.body(body).unwrap().into_parts();
        match read_body(&head, body, &limits()).await {
            Ok(body) => {
                assert!(body.len() <= 4);
                200
            }
            Err(problem) => problem.into_response().status().as_u16(),
        }
    }

    #[tokio::test]
    async fn rejects_large_and_encoded_bodies() {
        assert_eq!(status(&[], Body::from("1234")).await, 200);
        assert_eq!(status(&[], Body::from("12345")).await, 413);
        assert_eq!(status(&[("content-length", "5")], Body::empty()).await, 413, "before it is read");
        assert_eq!(status(&[("content-encoding", "gzip")], Body::empty()).await, 415);
    }

    #[tokio::test(start_paused = true)]
    async fn body_times_out() {
        struct Never;
        impl hyper::body::Body for Never {
            type Data = Bytes;
            type Error = std::io::Error;
            fn poll_frame(
                self: std::pin::Pin<&mut Self>,
                _context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
                std::task::Poll::Pending
            }
        }
        assert_eq!(status(&[], Body::new(Never)).await, 408);
    }
}
