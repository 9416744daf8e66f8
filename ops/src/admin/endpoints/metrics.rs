//! `/metrics`: a scrape of all metrics, or some, in the format and the coding that the scraper likes best.

use crate::admin::Limits;
use crate::admin::context::RequestContext;
use crate::admin::http::{ContentCoding, ProblemDetails, QueryParameters, StartedBody, streaming_body};
use crate::admin::limits::{ClientAddr, ScrapeRefused};
use crate::exposition::{ContentType, Exposition};
use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, VARY};
use axum::http::{HeaderMap, Version};
use axum::response::Response;
use std::time::{Duration, Instant};

/// The longest protobuf message, about: longer families go on in another one, so that a scrape takes no more memory.
const LONGEST_MESSAGE: usize = 1024 * 1024;

/// How long the scraper waits for the whole answer, in seconds.
const SCRAPE_TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

pub(crate) async fn metrics(context: RequestContext) -> Result<Response, ProblemDetails> {
    let RequestContext { state, head, .. } = context;
    let names = QueryParameters::of(&head.uri)?;
    let content_type = negotiate(&head.headers);
    let exposition = Exposition::new(content_type.format)
        .escaping(content_type.escaping.unwrap_or_default())
        .only(names.all("name[]"))
        .created_samples(state.config.created_samples)
        .longest_message(LONGEST_MESSAGE);
    let metrics = state.config.metrics.clone();
    let is_plain = state.config.uncompressed_metrics;
    let coding = if is_plain { ContentCoding::Identity } else { ContentCoding::negotiate(&head.headers) };
    let Limits { request_timeout, collector_timeout, .. } = state.config.limits;
    let timeout = scrape_timeout(&head.headers).map_or(request_timeout, |timeout| timeout.min(request_timeout));
    let begun = Instant::now();
    let peer = head.extensions.get().copied().unwrap_or(ClientAddr::Local);
    let busy = || ProblemDetails::busy("too many scrapes at once: come back in a second");
    let permit = tokio::time::timeout(timeout, state.scrape_limiter.acquire(peer)).await;
    let permit = permit.map_err(|_elapsed| busy())?.map_err(|ScrapeRefused| busy())?;
    let left = timeout.saturating_sub(begun.elapsed());
    let (mut writer, reader) = streaming_body(coding, left, permit, state.buffers.clone());
    // Many series take long to write, and this thread answers the probes too. Nobody waits for the end of it: what it leaves
    // says how it ended.
    drop(tokio::task::spawn_blocking(move || {
        let collectors = before(timeout).saturating_sub(begun.elapsed()).min(collector_timeout);
        // An error is that nobody reads any more.
        let _ = exposition.write(&metrics.snapshot_within(collectors), &mut writer).and_then(|()| writer.finish());
    }));
    // In HTTP/1.0 only a length tells half an answer from a whole one.
    let whole = head.version < Version::HTTP_11;
    let started = reader.start(whole).await;
    started
        .map(|started| response(content_type, started))
        .map_err(|_broken| ProblemDetails::internal("the metrics could not be written"))
}

/// How long the scraper waits, if it says so. A value that is no time is passed over, as by Prometheus' own libraries: the header
/// can only make the time shorter than the limit that holds without it.
fn scrape_timeout(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get(SCRAPE_TIMEOUT)?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero())
}

/// How long may pass until the writing starts, so that the answer is there within `timeout`: half a second less, or three
/// quarters of what is short.
fn before(timeout: Duration) -> Duration {
    timeout - (timeout / 4).min(Duration::from_millis(500))
}

fn negotiate(headers: &HeaderMap) -> ContentType {
    ContentType::negotiate(headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()))
}

fn response(content_type: ContentType, StartedBody { coding, body }: StartedBody) -> Response {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_scraper_waits_is_read_and_something_is_kept_for_the_answer() {
        for (header, timeout) in [
            ("10", Some(10.0)),
            (" 1.000 ", Some(1.0)),
            ("0.5", Some(0.5)),
            ("0", None),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("1e300", None),
            ("soon", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(SCRAPE_TIMEOUT, HeaderValue::from_static(header))]);
            assert_eq!(scrape_timeout(&headers).map(|timeout| timeout.as_secs_f64()), timeout, "{header:?}");
        }
        assert_eq!(scrape_timeout(&HeaderMap::new()), None);
        for (timeout, expected) in [(10_000, 9_500), (1_000, 750), (100, 75), (0, 0)] {
            assert_eq!(before(Duration::from_millis(timeout)), Duration::from_millis(expected));
        }
    }
}
