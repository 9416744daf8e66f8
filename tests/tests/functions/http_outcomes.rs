//! Outcomes of functions that return HTTP responses: only server errors count as `error`.

use crate::lines;
use axum::Json;
use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use ops::metric::{CallOutcome, ToCallOutcome};
use std::future::{Future, ready};
use std::pin::Pin;

/// Returns the non-zero call counters of `function`, as `outcome value`.
fn outcomes(function: &str) -> Vec<String> {
    let prefix = format!("{function}_total{{outcome=\"");
    let lines = lines(&format!("{function}_total")).into_iter();
    lines.map(|line| line.strip_prefix(&prefix).unwrap().replace("\"}", "")).collect()
}

const FAILURES: [StatusCode; 3] =
    [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::BAD_GATEWAY, StatusCode::GATEWAY_TIMEOUT];
const SUCCESSES: [StatusCode; 4] =
    [StatusCode::OK, StatusCode::SEE_OTHER, StatusCode::NOT_FOUND, StatusCode::TOO_MANY_REQUESTS];

/// Calls `function` with three server errors and four other statuses.
fn call_with_all<R>(function: impl Fn(StatusCode) -> R) {
    FAILURES.into_iter().chain(SUCCESSES).for_each(|status| _ = function(status));
}

const EXPECTED: [&str; 2] = ["error 3", "ok 4"];

#[ops::metric(name = "bare_status")]
fn bare_status(status: StatusCode) -> StatusCode {
    status
}

#[ops::metric(name = "response")]
fn response(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

#[ops::metric(name = "axum_response")]
fn axum_response(status: StatusCode) -> axum::response::Response {
    (status, "body").into_response()
}

#[ops::metric(name = "status_and_body")]
fn status_and_body(status: StatusCode) -> (StatusCode, Json<u8>) {
    (status, Json(1))
}

#[ops::metric(name = "status_parts_and_body")]
fn status_parts_and_body(status: StatusCode) -> (StatusCode, [(header::HeaderName, &'static str); 1], &'static str) {
    (status, [(header::CACHE_CONTROL, "no-store")], "body")
}

#[test]
fn responses_with_server_errors_count_as_error() {
    call_with_all(bare_status);
    call_with_all(response);
    call_with_all(axum_response);
    call_with_all(status_and_body);
    call_with_all(status_parts_and_body);
    for function in ["bare_status", "response", "axum_response", "status_and_body", "status_parts_and_body"] {
        assert_eq!(outcomes(function), EXPECTED, "{function}");
    }
}

#[ops::metric(name = "opaque_status")]
fn opaque_status(status: StatusCode) -> impl IntoResponse {
    status
}

#[ops::metric(name = "opaque_tuple")]
async fn opaque_tuple(status: StatusCode) -> impl IntoResponse {
    ready(()).await;
    (status, [(header::CACHE_CONTROL, "no-store")], Json(1))
}

#[ops::metric(name = "opaque_early")]
async fn opaque_early(status: StatusCode) -> impl IntoResponse {
    if status.is_client_error() {
        return (status, "refused").into_response();
    }
    status.into_response()
}

#[ops::metric(name = "opaque_in_a_result")]
fn opaque_in_a_result(status: StatusCode) -> Result<impl IntoResponse, StatusCode> {
    if status.is_success() { Ok((status, "body")) } else { Err(status) }
}

#[ops::metric(name = "opaque_from_another_function")]
fn opaque_from_another_function(status: StatusCode) -> impl IntoResponse {
    other(status)
}

fn other(status: StatusCode) -> impl IntoResponse {
    status
}

#[tokio::test]
async fn opaque_response_has_the_outcome_of_the_type_returned_in_the_body() {
    call_with_all(opaque_status);
    call_with_all(opaque_in_a_result);
    for status in FAILURES.into_iter().chain(SUCCESSES) {
        let _ = (opaque_tuple(status).await, opaque_early(status).await);
    }
    for function in ["opaque_status", "opaque_in_a_result", "opaque_tuple", "opaque_early"] {
        assert_eq!(outcomes(function), EXPECTED, "{function}");
    }
}

#[test]
fn opaque_value_from_another_function_counts_as_ok() {
    call_with_all(opaque_from_another_function);
    assert_eq!(outcomes("opaque_from_another_function"), ["ok 7"]);
}

#[derive(Debug)]
struct Lost;

#[ops::metric(name = "response_or_status")]
fn response_or_status(status: StatusCode) -> Result<StatusCode, StatusCode> {
    if status.is_success() { Ok(status) } else { Err(status) }
}

#[ops::metric(name = "response_or_lost")]
fn response_or_lost(status: Option<StatusCode>) -> Result<Response<Body>, Lost> {
    Ok(status.ok_or(Lost)?.into_response())
}

#[test]
fn results_have_the_outcome_of_the_status_of_their_value_or_error() {
    call_with_all(response_or_status);
    assert_eq!(outcomes("response_or_status"), EXPECTED);
    call_with_all(|status| response_or_lost(Some(status)));
    assert!(response_or_lost(None).is_err());
    assert_eq!(outcomes("response_or_lost"), ["error 4", "ok 4"]);
}

/// A typical application error with a status.
#[derive(Debug)]
enum AppError {
    UnknownOrder,
    Database,
}

impl AppError {
    fn status(&self) -> StatusCode {
        match self {
            AppError::UnknownOrder => StatusCode::NOT_FOUND,
            AppError::Database => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl ToCallOutcome for AppError {
    fn to_call_outcome(&self) -> CallOutcome {
        self.status().to_call_outcome()
    }
}

#[ops::metric(name = "app_result")]
#[ops::instrument_span]
async fn app_result(row: u8) -> Result<Json<u8>, AppError> {
    ready(()).await;
    match row {
        0 => Err(AppError::UnknownOrder),
        1 => Err(AppError::Database),
        _ => Ok(Json(row)),
    }
}

#[tokio::test]
async fn error_enum_determines_the_outcome_by_its_status() {
    for row in 0..3 {
        let _ = app_result(row).await;
    }
    assert_eq!(outcomes("app_result"), ["error 1", "ok 2"]);
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[ops::metric(name = "boxed")]
fn boxed<'a>(status: StatusCode) -> BoxFuture<'a, Result<Response<Body>, Lost>> {
    Box::pin(async move { Ok(status.into_response()) })
}

#[ops::metric(name = "opaque_future")]
fn opaque_future(status: StatusCode) -> impl Future<Output = (StatusCode, &'static str)> {
    let response = (status, "body");
    ready(response)
}

#[tokio::test]
async fn returned_futures_have_the_outcome_of_their_output() {
    for status in FAILURES.into_iter().chain(SUCCESSES) {
        let _ = (boxed(status).await, opaque_future(status).await);
    }
    for function in ["boxed", "opaque_future"] {
        assert_eq!(outcomes(function), EXPECTED, "{function}");
    }
}
