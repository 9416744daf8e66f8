//! Exposition formats, read by Prometheus, the Pushgateway and Python's `prometheus_client`.

use ops::descriptor::{Location, MetricDescriptor};
use ops::registry::LinkedMetrics;
use ops::registry::MetricEntry;
use ops::{
    Api, Buckets, Counter, Gauge, Health, Histogram, Info, LabelValue, Labels, Metrics, StateSet, Summary, attr,
};
use ops_tests::real::{RealServer, parse_with_python, proxy_with_accept, query};
use ops_tests::scrape::scrape;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const PROTOBUF: &str =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

/// A job for each format, with the `Accept` header of its scrapes.
const JOBS: [(&str, &str); 4] = [
    ("text", "text/plain;version=0.0.4"),
    ("text1", "text/plain;version=1.0.0;escaping=allow-utf-8"),
    ("openmetrics", "application/openmetrics-text;version=1.0.0"),
    ("protobuf", PROTOBUF),
];

#[derive(Labels)]
struct Path<'a> {
    path: &'a str,
}

#[derive(LabelValue, Clone, Copy)]
enum Mode {
    Starting,
    Serving,
}

/// A label value with characters that require escaping.
const SPECIAL: &str = "C:\\new \"x\"\n\u{1f980}";

static ORDERS: Counter<Path<'static>> = Counter::new();
static SECONDS: Counter<(), f64> = Counter::new();
static DEPTH: Gauge = Gauge::new();
static CLASSIC: Histogram = Histogram::with_buckets(Buckets::list(&[0.1, 1.0, 10.0]));
static NATIVE: Histogram = Histogram::with_buckets(Buckets::NATIVE);
static BOTH: Histogram = Histogram::with_buckets(Buckets::list(&[0.1, 1.0, 10.0]).and_native());
static PAGES: Summary = Summary::new();
static BUILD: Info<Path<'static>> = Info::new();
static MODE: StateSet<Mode> = StateSet::new();

const fn named(name: &'static str, help: &'static str, unit: Option<&'static str>) -> MetricDescriptor {
    MetricDescriptor::new(name, help, unit, Location::new("app.rs", 1, "app", "app"))
}

static METRICS: [MetricEntry; 9] = [
    MetricEntry::new(named("orders", "Orders \"accepted\" in C:\\.", None), &ORDERS),
    MetricEntry::new(named("work", "Time at work.", Some("seconds")), &SECONDS),
    MetricEntry::new(named("depth", "Orders waiting.", None), &DEPTH),
    MetricEntry::new(named("classic", "Classic buckets.", Some("seconds")), &CLASSIC),
    MetricEntry::new(named("native", "Native buckets.", Some("seconds")), &NATIVE),
    MetricEntry::new(named("both", "Both.", Some("seconds")), &BOTH),
    MetricEntry::new(named("pages", "Pages.", Some("bytes")), &PAGES),
    MetricEntry::new(named("build", "Build information.", None), &BUILD),
    MetricEntry::new(named("mode", "Current mode.", None), &MODE),
];

static PROGRAM: LazyLock<Arc<Metrics>> = LazyLock::new(|| {
    ORDERS.with(&Path { path: SPECIAL }).add_with_exemplar(3, &[attr("trace_id", "a1")]);
    SECONDS.add(0.25);
    DEPTH.set(-1.5);
    for histogram in [&CLASSIC, &NATIVE, &BOTH] {
        for value in [0.05, 0.5, 0.5, 0.5, 5.0] {
            histogram.observe(value);
        }
        histogram.observe_with_exemplar(0.7, &[attr("trace_id", "b2")]);
    }
    PAGES.observe(1_500.0);
    BUILD.set(&Path { path: "/src" });
    MODE.set(Mode::Serving);
    let _ = Mode::Starting;
    Arc::new(Metrics::with_linked(LinkedMetrics::new(&METRICS, &[], &[]).unwrap()))
});

pub(crate) async fn serve(metrics: Arc<Metrics>) -> SocketAddr {
    let api = Api::builder().health(Arc::new(Health::new())).metrics(metrics).build().unwrap();
    api.bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap()
}

/// The values of a query, by job.
fn by_job(response: &Value) -> BTreeMap<String, f64> {
    let results = response["data"]["result"].as_array().into_iter().flatten();
    let value = |result: &Value| {
        Some((result["metric"]["job"].as_str()?.to_owned(), result["value"][1].as_str()?.parse().ok()?))
    };
    results.filter_map(value).collect()
}

fn all_jobs(value: f64) -> BTreeMap<String, f64> {
    JOBS.iter().map(|(job, _)| ((*job).to_owned(), value)).collect()
}

#[tokio::test]
async fn prometheus_reads_every_format() {
    let server = serve(PROGRAM.clone()).await;
    let mut targets = Vec::new();
    for (job, accept) in JOBS {
        targets.push((job, proxy_with_accept(accept, server).await));
    }
    let prometheus = RealServer::prometheus(&targets).await;

    prometheus.wait_for(&query("up"), all_jobs(1.0), by_job).await;
    let path = SPECIAL.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    for (expression, value) in [
        (format!("orders_total{{path=\"{path}\"}}"), 3.0),
        ("work_seconds_total".to_owned(), 0.25),
        ("depth".to_owned(), -1.5),
        ("pages_bytes_sum".to_owned(), 1_500.0),
        ("pages_bytes_count".to_owned(), 1.0),
        ("build_info{path=\"/src\"}".to_owned(), 1.0),
        ("mode{mode=\"serving\"}".to_owned(), 1.0),
        ("mode{mode=\"starting\"}".to_owned(), 0.0),
        ("classic_seconds_count".to_owned(), 6.0),
        // The median of six observations is the middle of the four between 0.1 and 1.
        ("histogram_quantile(0.5, classic_seconds_bucket)".to_owned(), 0.55),
    ] {
        prometheus.wait_for(&query(&expression), all_jobs(value), by_job).await;
    }

    // Only protobuf carries native buckets; the text formats fall back to classic buckets or count and sum.
    let with = |jobs: &[&str], value: f64| -> BTreeMap<String, f64> {
        jobs.iter().map(|job| ((*job).to_owned(), value)).collect()
    };
    let texts = ["text", "text1", "openmetrics"];
    prometheus.wait_for(&query("native_seconds_count"), with(&texts, 6.0), by_job).await;
    for name in ["native_seconds", "both_seconds"] {
        prometheus.wait_for(&query(&format!("histogram_count({name})")), with(&["protobuf"], 6.0), by_job).await;
        let median = prometheus.get_json(&query(&format!("histogram_quantile(0.5, {name})"))).await;
        let median = by_job(&median)["protobuf"];
        assert!((0.45..0.55).contains(&median), "{name}: {median}");
    }
    prometheus.wait_for(&query("histogram_quantile(0.5, both_seconds_bucket)"), with(&texts, 0.55), by_job).await;
}

#[tokio::test]
async fn prometheus_keeps_exemplars_and_metadata() {
    let server = serve(PROGRAM.clone()).await;
    let openmetrics = proxy_with_accept(JOBS[2].1, server).await;
    let protobuf = proxy_with_accept(JOBS[3].1, server).await;
    let prometheus = RealServer::prometheus(&[("openmetrics", openmetrics), ("protobuf", protobuf)]).await;

    let exemplars = |response: &Value| {
        let series = response["data"].as_array().into_iter().flatten();
        let mut found: Vec<_> = series
            .flat_map(|series| {
                let job = series["seriesLabels"]["job"].clone();
                let exemplars = series["exemplars"].as_array().into_iter().flatten().cloned();
                exemplars.map(move |exemplar| json!([job, exemplar["labels"], exemplar["value"]]))
            })
            .collect();
        found.sort_by_key(Value::to_string);
        found.dedup();
        found
    };
    for (name, labels, value) in
        [("orders_total", json!({"trace_id": "a1"}), "3"), ("classic_seconds_bucket", json!({"trace_id": "b2"}), "0.7")]
    {
        let expected = ["openmetrics", "protobuf"].map(|job| json!([job, labels, value])).to_vec();
        let path = format!("/api/v1/query_exemplars?query={name}&start=0&end=9999999999");
        prometheus.wait_for(&path, expected, exemplars).await;
    }

    for (name, kind, unit, help) in [
        ("orders", "counter", "", "Orders \"accepted\" in C:\\."),
        ("orders_total", "counter", "", "Orders \"accepted\" in C:\\."),
        ("classic_seconds", "histogram", "seconds", "Classic buckets."),
        ("mode", "stateset", "", "Current mode."),
        ("build", "info", "", "Build information."),
        ("pages_bytes", "summary", "bytes", "Pages."),
    ] {
        let expected = json!({ "type": kind, "help": help, "unit": unit });
        let path = format!("/api/v1/metadata?metric={name}");
        let is_stored = |response: &Value| {
            let all = response["data"][name].as_array();
            all.is_some_and(|all| all.contains(&expected))
        };
        prometheus.wait_for(&path, true, is_stored).await;
    }
}

#[tokio::test]
async fn prometheus_merges_a_family_split_across_protobuf_messages() {
    let metrics = Metrics::new();
    // More than 1 MiB in protobuf. Long values, because families beyond the series limit would share one series.
    for user in 0..1_500 {
        metrics.counter("logins_total").add(1, &[attr("user", format!("{user:01000}"))]);
    }
    let server = proxy_with_accept(PROTOBUF, serve(Arc::new(metrics)).await).await;
    let prometheus = RealServer::prometheus(&[("protobuf", server)]).await;
    let expected = BTreeMap::from([("protobuf".to_owned(), 1_500.0)]);
    prometheus.wait_for(&query("sum(logins_total)by(job)"), expected, by_job).await;
}

#[tokio::test]
async fn pushgateway_accepts_text_and_protobuf() {
    let gateway = RealServer::pushgateway().await;
    let mut protobuf = Vec::new();
    PROGRAM.write_protobuf(&mut protobuf).unwrap();
    let protobuf_type = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
    let text_type = "text/plain; version=0.0.4; charset=utf-8";
    for (job, content_type, body) in
        [("text", text_type, PROGRAM.to_text().into_bytes()), ("protobuf", protobuf_type, protobuf)]
    {
        let response = push(gateway.address(), job, content_type, &body).await;
        assert!(response.starts_with("HTTP/1.1 200 "), "{job}: {response}");
    }
    let pushed = scrape(gateway.address(), "/metrics", &[]).await.text();
    for job in ["protobuf", "text"] {
        for line in [
            format!(r#"orders_total{{instance="",job="{job}",path="C:\\new \"x\"\n{}"}} 3"#, '\u{1f980}'),
            format!(r#"classic_seconds_bucket{{instance="",job="{job}",le="1"}} 5"#),
            format!(r#"classic_seconds_sum{{instance="",job="{job}"}} 7.25"#),
            format!(r#"native_seconds_count{{instance="",job="{job}"}} 6"#),
            format!(r#"pages_bytes_sum{{instance="",job="{job}"}} 1500"#),
            format!(r#"mode{{instance="",job="{job}",mode="serving"}} 1"#),
        ] {
            assert!(pushed.lines().any(|found| found == line), "missing {line} in\n{pushed}");
        }
    }
}

pub(crate) async fn push(gateway: SocketAddr, job: &str, content_type: &str, body: &[u8]) -> String {
    let head = format!(
        "PUT /metrics/job/{job} HTTP/1.1\r\nHost: {gateway}\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(gateway).await.unwrap();
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn python_parses_text_and_openmetrics_strictly() {
    let families = parse_with_python("text", PROGRAM.to_text().as_bytes()).await;
    let kinds = |families: &Value| {
        let families = families.as_array().unwrap().iter();
        families.map(|family| json!([family[0], family[1], family[2]]).to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        kinds(&families),
        [
            r#"["both_seconds","histogram",""]"#,
            r#"["build_info","gauge",""]"#,
            r#"["classic_seconds","histogram",""]"#,
            r#"["depth","gauge",""]"#,
            r#"["mode","gauge",""]"#,
            r#"["native_seconds","histogram",""]"#,
            r#"["orders","counter",""]"#,
            r#"["pages_bytes","summary",""]"#,
            r#"["work_seconds","counter",""]"#,
        ]
    );
    for created in [false, true] {
        let mut bytes = Vec::new();
        let exposition = ops::exposition::Exposition::new(ops::exposition::Format::OpenMetrics_1_0_0);
        exposition.created_samples(created).write(&PROGRAM.snapshot(), &mut bytes).unwrap();
        let families = parse_with_python("openmetrics", &bytes).await;
        assert_eq!(
            kinds(&families),
            [
                r#"["both_seconds","histogram","seconds"]"#,
                r#"["build","info",""]"#,
                r#"["classic_seconds","histogram","seconds"]"#,
                r#"["depth","gauge",""]"#,
                r#"["mode","stateset",""]"#,
                r#"["native_seconds","histogram","seconds"]"#,
                r#"["orders","counter",""]"#,
                r#"["pages_bytes","summary","bytes"]"#,
                r#"["work_seconds","counter","seconds"]"#,
            ]
        );
        let orders = &families.as_array().unwrap()[6];
        assert_eq!(orders[3], "Orders \"accepted\" in C:\\.");
        assert_eq!(orders[4][0], json!(["orders_total", {"path": SPECIAL}, "3", {"trace_id": "a1"}]));
    }
}

/// Arbitrary label values with many characters that require escaping.
fn values() -> impl Strategy<Value = String> {
    let hard = prop::sample::select(vec![
        '"',
        '\\',
        '\n',
        '\r',
        '\t',
        '\0',
        '\u{7f}',
        '\u{1b}',
        '{',
        '}',
        ',',
        '=',
        '#',
        ' ',
        'n',
        '\u{1f980}',
        '\u{85}',
        '\u{2028}',
        '\u{feff}',
        '\u{e9}',
    ]);
    prop::collection::vec(prop_oneof![3 => hard, 1 => any::<char>()], 0..12).prop_map(String::from_iter)
}

#[tokio::test]
async fn python_reads_back_every_label_value_and_help() {
    let mut runner = TestRunner::default();
    let mut values: Vec<String> = (0..1_000).map(|_| values().new_tree(&mut runner).unwrap().current()).collect();
    values.sort();
    values.dedup();
    let metrics = Metrics::new();
    for value in &values {
        metrics.counter("values_total").add(1, &[attr("value", value.clone())]);
    }
    // The parsers trim white space around help texts.
    let help = |value: &String| format!("x{value}x");
    for (at, value) in values.iter().enumerate().take(200) {
        metrics.register(&format!("help_{at:03}"), &help(value), None, Gauge::<()>::new()).unwrap();
    }
    let helps: Vec<_> = values.iter().take(200).map(help).collect();
    let mut openmetrics = Vec::new();
    metrics.write_openmetrics(&mut openmetrics).unwrap();
    for (format, bytes) in [("text", metrics.to_text().into_bytes()), ("openmetrics", openmetrics)] {
        let families = parse_with_python(format, &bytes).await;
        let families = families.as_array().unwrap();
        let found: Vec<_> = families.iter().filter(|family| family[0] != "values").map(|family| &family[3]).collect();
        assert_eq!(found, helps.iter().collect::<Vec<_>>(), "{format}");
        let samples = families.last().unwrap()[4].as_array().unwrap().iter();
        let mut found: Vec<_> =
            samples.map(|sample| sample[1]["value"].as_str().unwrap_or_default().to_owned()).collect();
        found.sort();
        assert_eq!(found, values, "{format}");
    }
}

#[tokio::test]
async fn python_reads_back_the_labels_of_exemplars() {
    // Without a quotation mark: OpenMetrics requires it to be escaped, but this parser does not support that in exemplars.
    let values = ["C:\\new", "a\nb", "a,b", "a}b", "{", " # {x=", "\u{1f980}", "=", ""];
    let metrics = Metrics::new();
    let requests = metrics.register("requests", "", None, Counter::<Path<'static>>::new()).unwrap();
    for value in values {
        requests.with(&Path { path: value }).add_with_exemplar(1, &[attr("trace_id", value), attr("z", "1")]);
    }
    let mut bytes = Vec::new();
    metrics.write_openmetrics(&mut bytes).unwrap();
    let families = parse_with_python("openmetrics", &bytes).await;
    let samples = families[0][4].as_array().unwrap().iter();
    let found: BTreeMap<_, _> =
        samples.map(|sample| (sample[1]["path"].as_str().unwrap_or_default().to_owned(), sample[3].clone())).collect();
    // An empty label is an absent label.
    let exemplar = |value: &str| match value {
        "" => json!({ "z": "1" }),
        value => json!({ "trace_id": value, "z": "1" }),
    };
    let expected: BTreeMap<_, _> = values.map(|value| (value.to_owned(), exemplar(value))).into_iter().collect();
    assert_eq!(found, expected);
}

/// Metrics of every kind whose names do not match the classic grammar.
fn with_utf8_names() -> Metrics {
    let metrics = Metrics::new();
    let requests = metrics.register_utf8("http.requests", "\"All\" of them.", None, Counter::<Path<'static>>::new());
    requests.unwrap().with(&Path { path: SPECIAL }).add_with_exemplar(3, &[attr("trace_id", "a1")]);
    let sizes = metrics.register_utf8("http.size", "", Some("bytes"), Histogram::<()>::new()).unwrap();
    sizes.observe(0.5);
    metrics.register_utf8("shop \"mode\"", "", None, StateSet::<Mode>::new()).unwrap().set(Mode::Serving);
    metrics.register_utf8("\u{1f980}", "", None, Gauge::<()>::new()).unwrap().set(1.0);
    metrics
}

#[tokio::test]
async fn python_parses_quoted_names_strictly() {
    let server = serve(Arc::new(with_utf8_names())).await;
    let prometheus_3 = "Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                        application/openmetrics-text;version=0.0.1;q=0.5,\
                        text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    let text_1 = "Accept: text/plain;version=1.0.0;escaping=allow-utf-8";
    for (format, accept, mode) in [("openmetrics", prometheus_3, "stateset"), ("text", text_1, "gauge")] {
        let text = scrape(server, "/metrics", &[accept]).await.text();
        let families = parse_with_python(format, text.as_bytes()).await;
        let families = families.as_array().unwrap();
        let kinds: Vec<_> = families.iter().map(|family| json!([family[0], family[1]])).collect();
        assert_eq!(
            kinds,
            [
                json!(["http.requests", "counter"]),
                json!(["http.size_bytes", "histogram"]),
                json!(["shop \"mode\"", mode]),
                json!(["\u{1f980}", "gauge"])
            ],
            "{text}"
        );
        let requests = &families[0][4][0];
        assert_eq!(json!([requests[0], requests[1]]), json!(["http.requests_total", { "path": SPECIAL }]));
        assert_eq!(families[2][4][0][1], json!({ "shop \"mode\"": "serving" }));
    }
}

#[tokio::test]
async fn prometheus_reads_utf8_names_in_every_escaping_scheme() {
    let server = serve(Arc::new(with_utf8_names())).await;
    // This version of Prometheus does not support quoted names.
    let jobs = [
        ("dots", "application/openmetrics-text;version=1.0.0;escaping=dots", "http_dot_requests__total"),
        ("protobuf", PROTOBUF, "http_requests_total"),
        ("text", "text/plain;version=0.0.4", "http_requests_total"),
        ("underscores", "text/plain;version=1.0.0;escaping=underscores", "http_requests_total"),
        ("values", "application/openmetrics-text;version=1.0.0;escaping=values", "U__http_2e_requests__total"),
    ];
    let mut targets = Vec::new();
    for (job, accept, _) in jobs {
        targets.push((job, proxy_with_accept(accept, server).await));
    }
    let prometheus = RealServer::prometheus(&targets).await;
    let named = |response: &Value| {
        let results = response["data"]["result"].as_array().into_iter().flatten();
        let mut named: Vec<_> = results
            .map(|result| json!([result["metric"]["job"], result["metric"]["__name__"], result["value"][1]]))
            .collect();
        named.sort_by_key(Value::to_string);
        named
    };
    let expected = jobs.map(|(job, _, name)| json!([job, name, "3"])).to_vec();
    prometheus.wait_for(&query("{__name__=~\".*requests.*\"}"), expected, named).await;
}
