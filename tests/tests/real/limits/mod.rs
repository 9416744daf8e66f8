//! Every parser accepts every exposition format of a program whose metrics have reached their limits.

mod program;

use super::formats::{PROTOBUF, push, serve};
use ops::Metrics;
use ops::exposition::{Escaping, Exposition, Format};
use ops_tests::exposition::{Sample, samples};
use ops_tests::real::{RealServer, parse_with_python, promtool_check, proxy_with_accept, query};
use ops_tests::scrape::scrape;
use program::{SPACE_UPDATES, UPDATES, program};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

static PROGRAM: LazyLock<Arc<Metrics>> = LazyLock::new(program);

/// A job for each format, with its `Accept` header.
///
/// This version of Prometheus does not support quoted names.
const JOBS: [(&str, &str); 4] = [
    ("text", "text/plain;version=0.0.4"),
    ("text1", "text/plain;version=1.0.0;escaping=underscores"),
    ("openmetrics", "application/openmetrics-text;version=1.0.0;escaping=underscores"),
    ("protobuf", PROTOBUF),
];

fn written(exposition: &Exposition) -> Vec<u8> {
    let mut bytes = Vec::new();
    exposition.write(&PROGRAM.snapshot(), &mut bytes).unwrap();
    bytes
}

fn text(format: Format) -> String {
    String::from_utf8(written(&Exposition::new(format))).unwrap()
}

#[test]
fn every_limit_is_reached() {
    let samples = samples(&text(Format::Text_0_0_4)).unwrap();
    let has_overflow = |sample: &&Sample| sample.labels.get("ops_overflow").is_some_and(|value| value == "true");
    let overflowed: BTreeSet<_> = samples.iter().filter(has_overflow).map(|sample| sample.name.as_str()).collect();
    let expected = [
        "limit___named_total",
        "limit_both_celsius_bucket",
        "limit_both_celsius_count",
        "limit_both_celsius_sum",
        "limit_call_duration_seconds_bucket",
        "limit_call_duration_seconds_count",
        "limit_call_duration_seconds_sum",
        "limit_call_in_flight",
        "limit_call_total",
        "limit_classic_seconds_bucket",
        "limit_classic_seconds_count",
        "limit_classic_seconds_sum",
        "limit_energy_joules_total",
        "limit_level",
        "limit_long_total",
        "limit_mode",
        "limit_named_level",
        "limit_named_pages_count",
        "limit_named_pages_sum",
        "limit_named_sizes_bucket",
        "limit_named_sizes_count",
        "limit_named_sizes_sum",
        "limit_named_total",
        "limit_native_seconds_bucket",
        "limit_native_seconds_count",
        "limit_native_seconds_sum",
        "limit_pages_bytes_count",
        "limit_pages_bytes_sum",
        "limit_requests_total",
        "limit_sent_bytes_total",
        "limit_space_seconds_bucket",
        "limit_space_seconds_count",
        "limit_space_seconds_sum",
    ];
    assert_eq!(overflowed.into_iter().collect::<Vec<_>>(), expected);

    let value = |name: &str, label: (&str, &str)| -> f64 {
        let is_meant =
            |sample: &&Sample| sample.name == name && sample.labels.get(label.0).is_some_and(|v| v == label.1);
        samples.iter().find(is_meant).map_or(0.0, |sample| sample.value.parse().unwrap())
    };
    for reason in ["nan", "negative", "overflow", "duplicate"] {
        assert!(value("ops_metric_errors_total", ("reason", reason)) > 0.0, "{reason}");
    }
    for family in ["limit_panics", "limit_hangs"] {
        assert!(value("ops_collector_failures_total", ("family", family)) > 0.0, "{family}");
    }
    // Totals include updates past the series limit.
    let total = |name: &str| -> f64 {
        samples.iter().filter(|sample| sample.name == name).map(|sample| sample.value.parse::<f64>().unwrap()).sum()
    };
    for name in ["limit___named_total", "limit_call_total", "limit_named_total", "limit_requests_total"] {
        assert_eq!(total(name), f64::from(UPDATES), "{name}");
    }
    assert_eq!(total("limit_space_seconds_count"), f64::from(SPACE_UPDATES));
    let sent = samples.iter().filter(|sample| sample.name == "limit_sent_bytes_total").map(|sample| &*sample.value);
    assert_eq!(sent.collect::<Vec<_>>(), ["18446744073709551615"; 4]);
}

#[test]
fn no_series_is_repeated() {
    for format in [Format::Text_0_0_4, Format::OpenMetrics_1_0_0] {
        let text = text(format);
        // The parser of this test suite does not support exemplars.
        let plain: String = text
            .lines()
            .map(|line| line.split_once(" # {").map_or(line, |(sample, _)| sample).to_owned() + "\n")
            .collect();
        let mut series = BTreeSet::new();
        for Sample { name, mut labels, .. } in samples(&plain).unwrap() {
            labels.retain(|_, value| !value.is_empty());
            assert!(series.insert((name.clone(), labels.clone())), "{format:?}: duplicate series {name}{labels:?}");
        }
        let types: Vec<_> = text.lines().filter(|line| line.starts_with("# TYPE ")).collect();
        assert_eq!(types.len(), types.iter().collect::<BTreeSet<_>>().len(), "{format:?}");
    }
}

#[tokio::test]
async fn python_parses_every_limit_strictly() {
    for escaping in [Escaping::Underscores, Escaping::Dots, Escaping::Values, Escaping::AllowUtf8] {
        for (parser, format) in [("text", Format::Text_1_0_0), ("openmetrics", Format::OpenMetrics_1_0_0)] {
            let exposition = Exposition::new(format).escaping(escaping);
            parse_with_python(parser, &written(&exposition)).await;
            parse_with_python(parser, &written(&exposition.created_samples(true))).await;
        }
    }
}

#[tokio::test]
async fn promtool_reports_only_the_missing_help_of_metrics_created_by_name() {
    let named = ["long_total", "named_level", "named_pages", "named_sizes", "named_total"];
    let expected: String = named.iter().map(|name| format!("limit_{name} no help text\n")).collect();
    assert_eq!(promtool_check(&text(Format::Text_0_0_4)).await, (Some(3), expected));
}

#[tokio::test]
async fn prometheus_stores_every_series_of_every_format_once() {
    let server = serve(PROGRAM.clone()).await;
    let mut targets = Vec::new();
    for (job, accept) in JOBS {
        targets.push((job, proxy_with_accept(accept, server).await));
    }
    let prometheus = RealServer::prometheus(&targets).await;
    let by_job = |response: &Value| -> BTreeMap<String, String> {
        let results = response["data"]["result"].as_array().into_iter().flatten();
        results
            .filter_map(|result| {
                Some((result["metric"]["job"].as_str()?.to_owned(), result["value"][1].as_str()?.to_owned()))
            })
            .collect()
    };
    let all_jobs =
        |value: &str| -> BTreeMap<_, _> { JOBS.iter().map(|(job, _)| ((*job).to_owned(), value.to_owned())).collect() };
    prometheus.wait_for(&query("up"), all_jobs("1"), by_job).await;
    // A duplicate series is scraped twice and stored once.
    let stored = "count by (job) ({job!=\"\",__name__!~\"up|scrape_.*\"})";
    let difference = format!("{stored} - on (job) scrape_samples_post_metric_relabeling");
    prometheus.wait_for(&query(&difference), all_jobs("0"), by_job).await;
    for name in ["limit_requests_total", "limit_call_total", "limit_named_total"] {
        prometheus.wait_for(&query(&format!("sum by (job) ({name})")), all_jobs(&UPDATES.to_string()), by_job).await;
    }
}

#[tokio::test]
async fn pushgateway_accepts_every_limit() {
    let gateway = RealServer::pushgateway().await;
    for (job, format) in [("text", Format::Text_0_0_4), ("protobuf", Format::Protobuf)] {
        let content_type = match format {
            Format::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
            _ => "text/plain; version=0.0.4; charset=utf-8",
        };
        let response = push(gateway.address(), job, content_type, &written(&Exposition::new(format))).await;
        assert!(response.starts_with("HTTP/1.1 200 "), "{job}: {response}");
    }
    let pushed = scrape(gateway.address(), "/metrics", &[]).await.text();
    let requests = pushed.lines().filter(|line| line.starts_with("limit_requests_total{"));
    let totals: f64 = requests.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum();
    assert_eq!(totals, 2.0 * f64::from(UPDATES));
}
