//! UTF-8 metric names in every format and escaping scheme.

use super::*;
use crate::name::Escaping;

static METRICS: [MetricEntry; 6] = [
    entry("http.depth", "Orders waiting.", None, &DEPTH),
    entry("http.requests", "Orders\n\"accepted\", in C:\\", None, &ORDERS),
    entry("http.size", "", Some("bytes"), &SIZE),
    entry("http_load", "", None, &PAGES),
    entry("shop.build", "", None, &BUILD),
    entry("shop \"mode\"", "", None, &MODE),
];

fn written(format: Format, escaping: Escaping) -> Vec<u8> {
    let metrics = Metrics::with_linked(LinkedMetrics::new(&METRICS, &[], &[]).unwrap());
    let mut bytes = Vec::new();
    Exposition::new(format).escaping(escaping).write(&metrics.snapshot(), &mut bytes).unwrap();
    bytes
}

fn text(format: Format, escaping: Escaping) -> String {
    String::from_utf8(written(format, escaping)).unwrap()
}

#[test]
fn text_1_0_0_quotes_utf8_names() {
    let expected = r##"# HELP "http.depth" Orders waiting.
# TYPE "http.depth" gauge
{"http.depth"} -1.5
# HELP "http.requests_total" Orders\n"accepted", in C:\\
# TYPE "http.requests_total" counter
{"http.requests_total",path="C:\\\"\n"} 3
{"http.requests_total",path="z"} 0.5
# TYPE "http.size_bytes" histogram
{"http.size_bytes_bucket",a="1",le="0.00001"} 1
{"http.size_bytes_bucket",a="1",le="1"} 3
{"http.size_bytes_bucket",a="1",le="1048576"} 3
{"http.size_bytes_bucket",a="1",le="+Inf"} 4
{"http.size_bytes_sum",a="1"} 2000000
{"http.size_bytes_count",a="1"} 4
# TYPE http_load summary
http_load_sum 0.5
http_load_count 2
# TYPE "shop \"mode\"" gauge
{"shop \"mode\"","shop \"mode\""="off"} 0
{"shop \"mode\"","shop \"mode\""="on"} 1
# TYPE "shop.build_info" gauge
{"shop.build_info",version="1.2"} 1
"##;
    assert_eq!(text(Format::Text_1_0_0, Escaping::AllowUtf8), expected);
}

#[test]
fn openmetrics_quotes_utf8_names() {
    let expected = r##"# TYPE "http.depth" gauge
# HELP "http.depth" Orders waiting.
{"http.depth"} -1.5
# TYPE "http.requests" counter
# HELP "http.requests" Orders\n\"accepted\", in C:\\
{"http.requests_total",path="C:\\\"\n"} 3 # {trace_id="a\"b"} 2 1520879607.5
{"http.requests_total",path="z"} 0.5
# TYPE "http.size_bytes" histogram
# UNIT "http.size_bytes" bytes
{"http.size_bytes_bucket",a="1",le="1e-05"} 1
{"http.size_bytes_bucket",a="1",le="1.0"} 3 # {} 0.5 1520879607.5
{"http.size_bytes_bucket",a="1",le="1.048576e+06"} 3
{"http.size_bytes_bucket",a="1",le="+Inf"} 4
{"http.size_bytes_count",a="1"} 4
{"http.size_bytes_sum",a="1"} 2000000
# TYPE http_load summary
http_load_count 2
http_load_sum 0.5
# TYPE "shop \"mode\"" stateset
{"shop \"mode\"","shop \"mode\""="off"} 0
{"shop \"mode\"","shop \"mode\""="on"} 1
# TYPE "shop.build" info
{"shop.build_info",version="1.2"} 1
# EOF
"##;
    assert_eq!(text(Format::OpenMetrics_1_0_0, Escaping::AllowUtf8), expected);
}

#[test]
fn escaped_names_are_classic_and_sorted() {
    let expected = r##"# HELP http_depth Orders waiting.
# TYPE http_depth gauge
http_depth -1.5
# TYPE http_load summary
http_load_sum 0.5
http_load_count 2
# HELP http_requests_total Orders\n"accepted", in C:\\
# TYPE http_requests_total counter
http_requests_total{path="C:\\\"\n"} 3
http_requests_total{path="z"} 0.5
# TYPE http_size_bytes histogram
http_size_bytes_bucket{a="1",le="0.00001"} 1
http_size_bytes_bucket{a="1",le="1"} 3
http_size_bytes_bucket{a="1",le="1048576"} 3
http_size_bytes_bucket{a="1",le="+Inf"} 4
http_size_bytes_sum{a="1"} 2000000
http_size_bytes_count{a="1"} 4
# TYPE shop__mode_ gauge
shop__mode_{shop__mode_="off"} 0
shop__mode_{shop__mode_="on"} 1
# TYPE shop_build_info gauge
shop_build_info{version="1.2"} 1
"##;
    assert_eq!(text(Format::Text_0_0_4, Escaping::Underscores), expected);
    assert_eq!(text(Format::Text_1_0_0, Escaping::Underscores), expected);
    assert_eq!(text(Format::Text_0_0_4, Escaping::AllowUtf8), expected, "text 0.0.4 has no quoted names");
}

#[test]
fn escapes_the_family_name_without_sample_suffixes() {
    let names = |format, escaping| -> Vec<String> {
        let text = text(format, escaping);
        let lines = text.lines().filter(|line| line.starts_with("# TYPE") || line.starts_with("# UNIT"));
        let mut names: Vec<_> = lines.map(str::to_owned).collect();
        names
            .extend(text.lines().filter(|line| line.contains("requests") && !line.starts_with('#')).map(str::to_owned));
        names
    };
    assert_eq!(
        names(Format::OpenMetrics_1_0_0, Escaping::Values),
        [
            "# TYPE U__http_2e_depth gauge",
            "# TYPE U__http_2e_requests_ counter",
            "# TYPE U__http_2e_size__bytes histogram",
            "# UNIT U__http_2e_size__bytes bytes",
            "# TYPE U__shop_20__22_mode_22_ stateset",
            "# TYPE U__shop_2e_build_ info",
            "# TYPE http_load summary",
            r#"U__http_2e_requests__total{path="C:\\\"\n"} 3 # {trace_id="a\"b"} 2 1520879607.5"#,
            r#"U__http_2e_requests__total{path="z"} 0.5"#,
        ]
    );
    assert_eq!(
        names(Format::Text_1_0_0, Escaping::Dots),
        [
            "# TYPE http_dot_depth gauge",
            "# TYPE http_dot_requests__total counter",
            "# TYPE http_dot_size__bytes histogram",
            "# TYPE http_load summary",
            "# TYPE shop____mode__ gauge",
            "# TYPE shop_dot_build__info gauge",
            r#"http_dot_requests__total{path="C:\\\"\n"} 3"#,
            r#"http_dot_requests__total{path="z"} 0.5"#,
        ]
    );
}

#[test]
fn protobuf_writes_utf8_names_unchanged_or_escaped() {
    let family = |escaping, name: &str| {
        let text = decode::families(&written(Format::Protobuf, escaping));
        text.lines().find(|line| line.starts_with(&format!("name {name} "))).map(str::to_owned)
    };
    assert_eq!(
        family(Escaping::AllowUtf8, r#""shop \"mode\"""#).unwrap(),
        r#"name "shop \"mode\"" type 1 metric {label {name "shop \"mode\"" value "off"} gauge {}} metric {label {name "shop \"mode\"" value "on"} gauge {value 1}}"#
    );
    assert_eq!(
        family(Escaping::Underscores, r#""shop__mode_""#).unwrap(),
        r#"name "shop__mode_" type 1 metric {label {name "shop__mode_" value "off"} gauge {}} metric {label {name "shop__mode_" value "on"} gauge {value 1}}"#
    );
    assert!(family(Escaping::Values, r#""U__http_2e_requests__total""#).is_some());
}

#[test]
fn filters_families_by_original_and_escaped_names() {
    let metrics = Metrics::with_linked(LinkedMetrics::new(&METRICS, &[], &[]).unwrap());
    for name in ["http.depth", "http_depth", "http_dot_depth", "U__http_2e_depth"] {
        let mut bytes = Vec::new();
        Exposition::new(Format::Text_0_0_4).only([name]).write(&metrics.snapshot(), &mut bytes).unwrap();
        assert_eq!(bytes, b"# HELP http_depth Orders waiting.\n# TYPE http_depth gauge\nhttp_depth -1.5\n", "{name}");
    }
}
