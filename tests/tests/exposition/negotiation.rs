//! `/metrics` over HTTP: content negotiation, filters, compression, large responses and scrape limits.

use flate2::read::GzDecoder;
use ops::{Api, ApiBuilder, Health, Limits, Metrics, attr};
use ops_tests::scrape::scrape;
use ops_tests::{Response, SECURITY_HEADERS, get, parse, request};
use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TEXT: &str = "content-type: text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS: &str = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";

fn api(metrics: Metrics) -> ApiBuilder {
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(metrics))
}

async fn start(builder: ApiBuilder) -> SocketAddr {
    builder.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap()
}

fn few() -> Metrics {
    let metrics = Metrics::new();
    metrics.counter("orders_total").add(2, &[attr("channel", "web")]);
    metrics.gauge("queue_depth").set(7.0, &[]);
    metrics.histogram("latency_seconds").observe(0.5, &[]);
    metrics
}

/// Returns `families` families of 1,000 series, of about 60 bytes per series.
fn many(families: usize) -> Metrics {
    let metrics = Metrics::new();
    for family in 0..families {
        let counter = metrics.counter(&format!("requests_{family}_total"));
        for route in 0..1_000 {
            counter.add(1, &[attr("route", format!("/api/v1/resources/{route}"))]);
        }
    }
    metrics
}

fn build_response(headers: &[&str], body: &str) -> Response {
    let length = format!("content-length: {}", body.len());
    let here = ["vary: Accept, Accept-Encoding", &length];
    let mut headers: Vec<String> =
        SECURITY_HEADERS.iter().chain(&here).chain(headers).map(|&header| header.to_owned()).collect();
    headers.sort();
    let mut expected = parse("HTTP/1.1 200 OK\r\n\r\n");
    (expected.headers, expected.body) = (headers, body.to_owned());
    expected
}

#[tokio::test]
async fn serves_the_preferred_format() {
    let server = start(api(few())).await;
    let text = "# TYPE latency_seconds summary\nlatency_seconds_sum 0.5\nlatency_seconds_count 1\n\
                # TYPE orders_total counter\norders_total{channel=\"web\"} 2\n\
                # TYPE queue_depth gauge\nqueue_depth 7\n";
    let openmetrics = "# TYPE latency_seconds summary\nlatency_seconds_count 1\nlatency_seconds_sum 0.5\n\
                       # TYPE orders counter\norders_total{channel=\"web\"} 2\n\
                       # TYPE queue_depth gauge\nqueue_depth 7\n# EOF\n";
    assert_eq!(get(server, "/metrics", &[]).await, build_response(&[TEXT], text));
    for (accept, content_type, body) in [
        ("*/*", TEXT, text),
        ("application/json", TEXT, text),
        ("application/openmetrics-text", OPENMETRICS, openmetrics),
        (
            "text/plain;version=1.0.0;escaping=allow-utf-8",
            "content-type: text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
            text,
        ),
    ] {
        let header = format!("Accept: {accept}");
        assert_eq!(get(server, "/metrics", &[&header]).await, build_response(&[content_type], body), "{accept}");
    }
    let lines = ["Accept: text/plain;q=0.5", "Accept: application/openmetrics-text;q=0.6"];
    assert_eq!(get(server, "/metrics", &lines).await, build_response(&[OPENMETRICS], openmetrics));
}

#[tokio::test]
async fn serves_protobuf_on_request() {
    let accept = "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    let metrics = few();
    let mut expected = Vec::new();
    metrics.write_protobuf(&mut expected).unwrap();
    let response = scrape(start(api(metrics)).await, "/metrics", &[accept]).await;
    assert_eq!(
        response.head.header("content-type"),
        Some("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited")
    );
    assert_eq!(response.body, Some(expected));
}

#[tokio::test]
async fn utf8_names_are_written_in_the_requested_escaping() {
    let metrics = Metrics::new();
    metrics.register_utf8("http.requests", "", None, ops::Counter::<()>::new()).unwrap().add(3);
    let server = start(api(metrics)).await;
    let prometheus_3 = |escaping: &str| {
        format!(
            "Accept: application/openmetrics-text;version=1.0.0;escaping={escaping};q=0.6,\
             application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping={escaping};q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
        )
    };
    for (escaping, body) in [
        ("allow-utf-8", "# TYPE \"http.requests\" counter\n{\"http.requests_total\"} 3\n# EOF\n"),
        ("underscores", "# TYPE http_requests counter\nhttp_requests_total 3\n# EOF\n"),
        ("dots", "# TYPE http_dot_requests_ counter\nhttp_dot_requests__total 3\n# EOF\n"),
        ("values", "# TYPE U__http_2e_requests_ counter\nU__http_2e_requests__total 3\n# EOF\n"),
    ] {
        let content_type = format!("{OPENMETRICS}; escaping={escaping}");
        let response = get(server, "/metrics", &[&prometheus_3(escaping)]).await;
        assert_eq!(response, build_response(&[&content_type], body), "{escaping}");
    }
    for accept in ["*/*", "text/plain;version=0.0.4;escaping=allow-utf-8"] {
        let header = format!("Accept: {accept}");
        let text = "# TYPE http_requests_total counter\nhttp_requests_total 3\n";
        assert_eq!(get(server, "/metrics", &[&header]).await, build_response(&[TEXT], text), "{accept}");
    }
    let default = get(server, "/metrics", &["Accept: application/openmetrics-text"]).await;
    let body = "# TYPE http_requests counter\nhttp_requests_total 3\n# EOF\n";
    assert_eq!(
        default,
        build_response(&[OPENMETRICS], body),
        "the content type has no `escaping` parameter unless requested"
    );
}

#[tokio::test]
async fn head_has_the_headers_of_get() {
    let server = start(api(few())).await;
    let mut expected = get(server, "/metrics", &["Accept: application/openmetrics-text"]).await;
    expected.body.clear();
    assert_eq!(request(server, "HEAD", "/metrics", &["Accept: application/openmetrics-text"]).await, expected);
    assert_eq!(request(server, "POST", "/metrics", &[]).await.status, 405);
}

#[tokio::test]
async fn filters_families_by_name() {
    let server = start(api(few())).await;
    let orders = "# TYPE orders_total counter\norders_total{channel=\"web\"} 2\n";
    let depth = "# TYPE queue_depth gauge\nqueue_depth 7\n";
    for (query, body) in [
        ("?name[]=orders_total", orders.to_owned()),
        ("?name%5B%5D=queue_depth", depth.to_owned()),
        ("?name[]=queue_depth&name[]=orders_total&other=1", format!("{orders}{depth}")),
        ("?name[]=latency_seconds_sum", get(server, "/metrics?name[]=latency_seconds", &[]).await.body),
        ("?name[]=orders", orders.to_owned()),
        ("?name[]=unknown", String::new()),
    ] {
        assert_eq!(get(server, &format!("/metrics{query}"), &[]).await, build_response(&[TEXT], &body), "{query}");
    }
}

#[tokio::test]
async fn compresses_large_responses_on_request() {
    let metrics = many(1);
    let text = metrics.to_text();
    let server = start(api(metrics)).await;
    let response = scrape(server, "/metrics", &["Accept-Encoding: gzip"]).await;
    assert_eq!(response.head.header("content-encoding"), Some("gzip"));
    let compressed = response.body.unwrap();
    assert!(compressed.len() < text.len() / 4, "{} of {}", compressed.len(), text.len());
    let mut found = String::new();
    GzDecoder::new(&compressed[..]).read_to_string(&mut found).unwrap();
    assert_eq!(found, text);

    for plain in ["Accept-Encoding: identity", "Accept-Encoding: gzip;q=0", "Accept-Encoding: gzip;q=0.1, identity"] {
        let response = scrape(server, "/metrics", &[plain]).await;
        assert_eq!((response.head.header("content-encoding"), response.text()), (None, text.clone()), "{plain}");
    }
    let short = scrape(server, "/metrics?name[]=none", &["Accept-Encoding: gzip"]).await;
    assert_eq!((short.head.header("content-encoding"), short.text().as_str()), (None, ""));
}

#[tokio::test]
async fn compression_can_be_disabled() {
    let server = start(api(many(1)).uncompressed_metrics()).await;
    let response = scrape(server, "/metrics", &["Accept-Encoding: gzip"]).await;
    assert_eq!(response.head.header("content-encoding"), None);
}

#[tokio::test]
async fn created_samples_are_written_in_openmetrics_if_enabled() {
    let server = start(api(few()).created_samples()).await;
    let openmetrics = get(server, "/metrics", &["Accept: application/openmetrics-text"]).await.body;
    assert!(openmetrics.contains("\norders_created{channel=\"web\"} 1"), "{openmetrics}");
    assert!(!get(server, "/metrics", &[]).await.body.contains("_created"));
}

#[tokio::test]
async fn large_responses_are_chunked_and_complete() {
    let metrics = many(20);
    let text = metrics.to_text();
    assert!(text.len() > 1_000_000);
    let server = start(api(metrics)).await;
    let response = scrape(server, "/metrics", &[]).await;
    assert_eq!(response.head.header("transfer-encoding"), Some("chunked"));
    assert_eq!(response.text(), text);

    let response = scrape(server, "/metrics", &["Accept-Encoding: gzip"]).await;
    let mut found = String::new();
    GzDecoder::new(&response.body.unwrap()[..]).read_to_string(&mut found).unwrap();
    assert_eq!(found, text);
}

#[tokio::test]
async fn http_1_0_responses_have_a_content_length() {
    let metrics = many(20);
    let text = metrics.to_text();
    let server = start(api(metrics)).await;
    let head = format!("GET /metrics HTTP/1.0\r\nHost: {server}\r\n\r\n");
    let response = parse(&ops_tests::exchange(server, &head).await);
    assert_eq!(response.header("content-length"), Some(text.len().to_string().as_str()));
    assert_eq!(response.body, text);
}

/// Starts a scrape and reads only the first bytes of the response.
async fn stalled(server: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(format!("GET /metrics HTTP/1.1\r\nHost: {server}\r\n\r\n").as_bytes()).await.unwrap();
    let mut first = [0; 64];
    stream.read_exact(&mut first).await.unwrap();
    stream
}

#[tokio::test]
async fn rejects_scrapes_over_the_concurrency_limit() {
    // More than the socket buffers hold, so that a client that does not read occupies its slot.
    let limits = Limits::default().max_concurrent_scrapes(1).scrape_write_timeout(Duration::MAX);
    let metrics = many(250);
    let server = start(api(metrics.clone()).limits(limits)).await;
    let running = stalled(server).await;
    let ask = || tokio::spawn(async move { scrape(server, "/metrics?name[]=requests_0_total", &[]).await });
    let (mut one, mut other) = (ask(), ask());
    let (refused, waiting) = tokio::select! {
        refused = &mut one => (refused.unwrap().head, other),
        refused = &mut other => (refused.unwrap().head, one),
    };
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(get(server, "/livez", &[]).await.status, 200);
    // A stalled scrape does not block updates, nor the creation of series.
    metrics.counter("requests_0_total").add(1, &[attr("route", "/new")]);
    // A client that disconnects releases its slot.
    drop(running);
    let text = waiting.await.unwrap().text();
    assert!(text.contains("requests_0_total{route=\"/new\"} 1\n"), "the waiting scrape runs after the stalled one");
}

#[tokio::test]
async fn slow_reader_is_disconnected_before_the_final_chunk() {
    let limits = Limits::default()
        .max_concurrent_scrapes(1)
        .scrape_write_timeout(Duration::MAX)
        .request_timeout(Duration::from_millis(500));
    let server = start(api(many(250)).limits(limits)).await;
    let mut slow = stalled(server).await;
    // Wait until the server disconnects the slow reader and the only scrape slot is free.
    let is_free = async { while get(server, "/metrics?name[]=none", &[]).await.status != 200 {} };
    tokio::time::timeout(Duration::from_secs(20), is_free).await.expect("the scrape slot should be released");
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest).await;
    assert!(!rest.ends_with(b"0\r\n\r\n"), "a truncated body must not end with the final chunk");
}

#[tokio::test]
async fn scrape_timeout_header_limits_the_wait_for_callbacks() {
    let metrics = few();
    metrics
        .collect_gauge("hangs", "", |_| {
            loop {
                std::thread::park()
            }
        })
        .unwrap()
        .forever();
    let limits = Limits::default().collector_timeout(Duration::from_secs(3_600));
    let server = start(api(metrics).limits(limits)).await;
    let scraped = get(server, "/metrics", &["X-Prometheus-Scrape-Timeout-Seconds: 0.2"]);
    let scraped = tokio::time::timeout(Duration::from_secs(20), scraped)
        .await
        .expect("the scrape should not wait for the callback");
    assert_eq!((scraped.status, scraped.body.matches("# TYPE ").count()), (200, 3), "{}", scraped.body);
}
