//! Result labels: labels computed from the returned value of a function.

use crate::lines;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use std::future::{Future, pending, ready};
use std::panic::catch_unwind;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

/// A request handler with the route as a declared label and the status as a result label.
#[ops::metric(
    name = "http_request",
    labels(route = route),
    result_labels(status = |response| response.status().as_u16()),
    max_series = 500,
    ttl = "1h"
)]
async fn serve(route: &str, request: Request<Body>) -> Response<Body> {
    ready(()).await;
    match request.uri().path() {
        "/orders/7" => "order".into_response(),
        "/orders/0" => (StatusCode::NOT_FOUND, "no such order").into_response(),
        "/orders/1" => StatusCode::BAD_GATEWAY.into_response(),
        path => panic!("no test for {path}"),
    }
}

fn request(path: &str) -> Request<Body> {
    Request::builder().uri(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    for path in ["/orders/7", "/orders/7", "/orders/0", "/orders/1"] {
        serve("/orders/{id}", request(path)).await;
    }
    assert!(tokio::spawn(serve("/orders/{id}", request("/"))).await.is_err());
    assert_eq!(
        lines("http_request_total"),
        [
            r#"http_request_total{route="/orders/{id}",status="502",outcome="error"} 1"#,
            r#"http_request_total{route="/orders/{id}",status="200",outcome="ok"} 2"#,
            r#"http_request_total{route="/orders/{id}",status="404",outcome="ok"} 1"#,
            r#"http_request_total{route="/orders/{id}",outcome="panic"} 1"#,
        ]
    );
    assert_eq!(
        lines("http_request_duration_seconds_count"),
        [
            r#"http_request_duration_seconds_count{route="/orders/{id}",status="502",outcome="error"} 1"#,
            r#"http_request_duration_seconds_count{route="/orders/{id}",status="200",outcome="ok"} 2"#,
            r#"http_request_duration_seconds_count{route="/orders/{id}",status="404",outcome="ok"} 1"#,
            r#"http_request_duration_seconds_count{route="/orders/{id}",outcome="panic"} 1"#,
        ]
    );
    let text = ops::metrics().to_text();
    assert!(text.contains("\nhttp_request_in_flight{route=\"/orders/{id}\"} 0\n"), "{text}");
}

#[derive(Debug)]
struct Order {
    channel: String,
}

#[derive(Debug, PartialEq)]
enum Refused {
    Empty,
}

fn kind(result: &Result<Order, Refused>) -> Option<&'static str> {
    result.as_ref().err().map(|Refused::Empty| "empty")
}

#[ops::metric(
    name = "place",
    result_labels(channel = |result| result.as_ref().map_or("", |order| order.channel.as_str()), refused = kind)
)]
#[ops::instrument_span]
fn place(channel: &str) -> Result<Order, Refused> {
    if channel.is_empty() {
        return Err(Refused::Empty);
    }
    Ok(Order { channel: channel.to_owned() })
}

#[test]
fn result_labels_may_borrow_from_the_value_and_may_be_absent() {
    assert!(place("web").is_ok() && place("shop").is_ok());
    assert_eq!(place("").unwrap_err(), Refused::Empty);
    assert_eq!(
        lines("place_total"),
        [
            r#"place_total{channel="shop",outcome="ok"} 1"#,
            r#"place_total{channel="web",outcome="ok"} 1"#,
            r#"place_total{refused="empty",outcome="error"} 1"#,
        ]
    );
}

/// Uses `?`, so that the expansion runs the body in a closure.
#[ops::metric(name = "parse", result_labels(positive = |result| result.as_ref().is_ok_and(|number| *number > 0)))]
fn parse(text: &str) -> Result<i32, std::num::ParseIntError> {
    let number = text.parse::<i32>()?;
    Ok(number)
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[ops::metric(name = "load", result_labels(rows = |rows| rows.len()))]
fn load<'a>(rows: usize) -> BoxFuture<'a, Vec<u8>> {
    Box::pin(async move { vec![0; rows] })
}

#[ops::metric(name = "find", result_labels(found = |found| found.is_some()))]
fn find(row: u8) -> impl Future<Output = Option<u8>> {
    let found = (row > 3).then_some(row);
    ready(found)
}

#[ops::metric(name = "adder", result_labels(sum = |add| add(1)))]
fn adder(by: u32) -> impl Fn(u32) -> u32 {
    move |to| to + by
}

struct Cart {
    items: Vec<u8>,
}

#[ops::metric]
impl Cart {
    #[ops::metric(name = "pop", result_labels(item = |item| *item))]
    fn pop(&mut self) -> Option<u8> {
        self.items.pop()
    }
}

#[tokio::test]
async fn every_kind_of_function_supports_result_labels() {
    assert!(parse("7").is_ok() && parse("-7").is_ok() && parse("x").is_err());
    assert_eq!((load(2).await.len(), find(1).await, find(7).await, adder(2)(1)), (2, None, Some(7), 3));
    assert_eq!(Cart { items: vec![9] }.pop(), Some(9));
    for (family, expected) in [
        (
            "parse_total",
            vec![
                r#"parse_total{positive="false",outcome="error"} 1"#,
                r#"parse_total{positive="false",outcome="ok"} 1"#,
                r#"parse_total{positive="true",outcome="ok"} 1"#,
            ],
        ),
        ("load_total", vec![r#"load_total{rows="2",outcome="ok"} 1"#]),
        (
            "find_total",
            vec![r#"find_total{found="false",outcome="ok"} 1"#, r#"find_total{found="true",outcome="ok"} 1"#],
        ),
        ("adder_total", vec![r#"adder_total{sum="3",outcome="ok"} 1"#]),
        ("pop_total", vec![r#"pop_total{item="9",outcome="ok"} 1"#]),
    ] {
        assert_eq!(lines(family), expected);
    }
}

#[ops::metric(name = "judge", durations = false, result_labels(verdict = |verdict| unlucky(*verdict)))]
async fn judge(verdict: u8) -> u8 {
    if verdict == 0 {
        pending::<()>().await;
    }
    verdict
}

fn unlucky(verdict: u8) -> u8 {
    assert!(verdict != 13, "unlucky");
    verdict
}

#[test]
fn panic_in_a_result_label_counts_as_panic_and_canceled_calls_have_no_result_labels() {
    let poll = |verdict| pin!(judge(verdict)).poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll(1).is_ready() && poll(0).is_pending());
    assert!(catch_unwind(|| poll(13)).is_err());
    assert_eq!(
        lines("judge_total"),
        [
            r#"judge_total{outcome="cancelled"} 1"#,
            r#"judge_total{verdict="1",outcome="ok"} 1"#,
            r#"judge_total{outcome="panic"} 1"#,
        ]
    );
    assert!(!ops::metrics().to_text().contains("judge_duration"));
}
