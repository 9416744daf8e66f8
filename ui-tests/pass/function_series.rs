//! Series options of a function: result labels, `max_series`, `ttl` and `durations`.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

use ops::{Buckets, LabelValue};
use std::fmt::Debug;
use std::future::{Future, ready};
use std::pin::Pin;
use std::time::Duration;

ops::default_duration_buckets!(Buckets::exponential(0.001, 4.0, 3));

const SERIES: u32 = 7;
const IDLE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, LabelValue)]
enum Status {
    Found,
    Missing,
}

#[derive(Debug)]
struct Response<B> {
    status: Status,
    body: B,
}

impl<B> Response<B> {
    const fn status(&self) -> Status {
        self.status
    }
}

#[ops::metric(
    name = "serve",
    labels(path = path),
    result_labels(status = Response::status, body = |response| format!("{:?}", response.body)),
    max_series = SERIES,
    ttl = IDLE
)]
#[ops::instrument_span(fields(%path))]
fn serve<B: Debug>(path: &str, body: B) -> Response<B> {
    let status = if path.is_empty() { Status::Missing } else { Status::Found };
    Response { status, body }
}

#[ops::metric(name = "serve_later", result_labels(status = |result| result.as_ref().ok().map(Response::status)))]
async fn serve_later(text: &str) -> Result<Response<u8>, std::num::ParseIntError> {
    let body = ready(text).await.parse()?;
    Ok(Response { status: Status::Found, body })
}

#[ops::metric(name = "serve_boxed", durations = false, result_labels(status = Response::status))]
fn serve_boxed<'a>(body: &'a str) -> Pin<Box<dyn Future<Output = Response<&'a str>> + Send + 'a>> {
    let body = body.trim();
    Box::pin(async move { Response { status: Status::Found, body } })
}

#[ops::metric(name = "lengths", result_labels(first = |lengths| lengths.clone().next()))]
fn lengths<'a>(words: &'a [&'a str]) -> impl Iterator<Item = usize> + Clone + 'a {
    words.iter().map(|word| word.len())
}

struct Cart(Vec<u8>);

#[ops::metric]
impl Cart {
    #[ops::metric(name = "first", result_labels(found = Option::is_some, r#type = |_| "item"))]
    #[ops::instrument_span]
    fn first(&self) -> Option<&u8> {
        self.0.first()
    }

    #[ops::metric(durations = false)]
    fn len(&self) -> usize {
        self.0.len()
    }
}

fn main() {
    assert_eq!(serve("/", 7).status(), Status::Found);
    assert_eq!(serve("", "text").status(), Status::Missing);
    drop((serve_later("7"), serve_boxed(" a ")));
    assert_eq!(lengths(&["a", "bc"]).collect::<Vec<_>>(), [1, 2]);
    let cart = Cart(vec![1]);
    assert_eq!((cart.first(), cart.len()), (Some(&1), 1));

    let text = ops::metrics().to_text();
    for line in [
        r#"serve_total{path="/",status="found",body="7",outcome="ok"} 1"#,
        r#"serve_total{status="missing",body="\"text\"",outcome="ok"} 1"#,
        r#"lengths_total{first="1",outcome="ok"} 1"#,
        r#"lengths_duration_seconds_bucket{first="1",outcome="ok",le="0.016"} 1"#,
        r#"first_total{found="true",type="item",outcome="ok"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "missing {line}\n{text}");
    }
    assert!(!text.contains("serve_boxed_duration"));
}
