//! A scrape: all metrics, or some, in the format and the coding that the scraper likes best.

use super::coding::Coding;
use super::gate::GateError;
use super::problem::Problem;
use super::query::Parameters;
use super::routes::Exchange;
use super::stream::{self, Broken, Started};
use crate::exposition::{ContentType, Exposition};
use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY};
use axum::http::{HeaderMap, Version};
use axum::response::Response;

/// The longest protobuf message, about: longer families go on in another one, so that a scrape takes no more memory.
const LONGEST_MESSAGE: usize = 1024 * 1024;

pub(super) async fn metrics(exchange: Exchange) -> Result<Response, Problem> {
    let Exchange { admin, head, .. } = exchange;
    let names = Parameters::of(&head.uri)?;
    let content_type = negotiate(&head.headers);
    let exposition = Exposition::new(content_type.format)
        .only(names.all("name[]"))
        .created_samples(admin.sources.created_samples)
        .longest_message(LONGEST_MESSAGE);
    let metrics = admin.sources.metrics.clone();
    let is_plain = admin.sources.uncompressed_metrics;
    let coding = if is_plain { Coding::Identity } else { Coding::negotiate(&head.headers) };
    let (mut writer, reader) = stream::body(coding, admin.sources.limits.request_timeout);
    // Many series take long to write, and this thread answers the probes too.
    let work = move || {
        // An error is that nobody reads any more.
        let _ = exposition.write(&metrics.snapshot(), &mut writer).and_then(|()| writer.finish());
    };
    admin.scrapes.start(work).await.map_err(|error| match error {
        GateError::Full => Problem::busy("too many scrapes at once: come back in a second"),
        GateError::Panicked(_) => Problem::internal("the metrics could not be written"),
    })?;
    // In HTTP/1.0 only a length tells half an answer from a whole one.
    let whole = head.version < Version::HTTP_11;
    let started = reader.start(whole).await;
    started
        .map(|started| answer(content_type, started))
        .map_err(|Broken| Problem::internal("the metrics could not be written"))
}

fn negotiate(headers: &HeaderMap) -> ContentType {
    ContentType::negotiate(headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()))
}

fn answer(content_type: ContentType, Started { coding, body }: Started) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    // Made of names and versions, so it is a legal value.
    if let Ok(content_type) = HeaderValue::try_from(content_type.to_string()) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    if let Some(coding) = coding.name() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}
