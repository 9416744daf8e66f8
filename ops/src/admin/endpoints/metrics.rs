//! `/metrics`: scrapes, with negotiation of the exposition format and the content coding.

use crate::admin::Limits;
use crate::admin::context::RequestContext;
use crate::admin::http::{ContentCoding, ProblemDetails, QueryParameters, StartedBody, streaming_body};
use crate::admin::limits::{ClientAddr, ScrapeRefused};
use crate::exposition::{ContentType, Exposition};
use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, VARY};
use axum::http::{HeaderMap, Version};
use axum::response::Response;
use std::time::{Duration, Instant};

/// Approximate maximum length of a protobuf message, in bytes.
///
/// Longer families are split into several messages, which bounds the memory of a scrape.
const MAX_MESSAGE: usize = 1024 * 1024;

/// Header with the scrape timeout of the scraper, in seconds.
const SCRAPE_TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

pub(crate) async fn metrics(context: RequestContext) -> Result<Response, ProblemDetails> {
    let RequestContext { state, head, .. } = context;
    let names = QueryParameters::of(&head.uri)?;
    let content_type = negotiate(&head.headers);
    let exposition = Exposition::new(content_type.format)
        .escaping(content_type.escaping.unwrap_or_default())
        .only(names.all("name[]"))
        .created_samples(state.config.created_samples)
        .longest_message(MAX_MESSAGE);
    let metrics = state.config.metrics.clone();
    let is_plain = state.config.uncompressed_metrics;
    let coding = if is_plain { ContentCoding::Identity } else { ContentCoding::negotiate(&head.headers) };
    let Limits { request_timeout, collector_timeout, .. } = state.config.limits;
    let timeout = scrape_timeout(&head.headers).map_or(request_timeout, |timeout| timeout.min(request_timeout));
    let started_at = Instant::now();
    let peer = head.extensions.get().copied().unwrap_or(ClientAddr::Local);
    let busy = || ProblemDetails::busy("too many concurrent scrapes; retry after 1 s");
    let permit = tokio::time::timeout(timeout, state.scrape_limiter.acquire(peer)).await;
    let permit = permit.map_err(|_elapsed| busy())?.map_err(|ScrapeRefused| busy())?;
    let remaining = timeout.saturating_sub(started_at.elapsed());
    let (mut writer, reader) = streaming_body(coding, remaining, permit, state.buffers.clone());
    // On a blocking thread, as encoding many series takes long and this thread also serves the probes. The task is not
    // joined, because the reader observes its outcome.
    drop(tokio::task::spawn_blocking(move || {
        let collectors = collection_time(timeout).saturating_sub(started_at.elapsed()).min(collector_timeout);
        // Fails only if the client has disconnected or stalled.
        let _ = exposition.write(&metrics.snapshot_within(collectors), &mut writer).and_then(|()| writer.finish());
    }));
    // In HTTP/1.0, only `Content-Length` lets a client detect a truncated body.
    let is_buffered = head.version < Version::HTTP_11;
    let started = reader.start(is_buffered).await;
    started
        .map(|started| response(content_type, started))
        .map_err(|_broken| ProblemDetails::internal("cannot encode the metrics: internal error"))
}

/// Returns the scrape timeout that the scraper has sent, if any.
///
/// Invalid values are ignored, as in the Prometheus client libraries.
fn scrape_timeout(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get(SCRAPE_TIMEOUT)?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero())
}

/// Returns the part of `timeout` that is available for collection.
///
/// Reserves 500 ms or, for short timeouts, a quarter for sending the response.
fn collection_time(timeout: Duration) -> Duration {
    timeout - (timeout / 4).min(Duration::from_millis(500))
}

fn negotiate(headers: &HeaderMap) -> ContentType {
    ContentType::negotiate(headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()))
}

fn response(content_type: ContentType, StartedBody { coding, body }: StartedBody) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    // Never fails: the content type consists of ASCII names and versions.
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
    fn scrape_timeout_is_parsed_and_leaves_time_for_the_response() {
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
            assert_eq!(collection_time(Duration::from_millis(timeout)), Duration::from_millis(expected));
        }
    }
}
