//! Tests of the series of function metrics, from creation to expiry, in the text exposition.

use super::*;
use crate::Metrics;
use crate::descriptor::Location;
use crate::metric::{Buckets, Reader};
use crate::registry::LinkedMetrics;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

const HERE: Location = Location::new("app.rs", 3, "app", "app");
const MINUTE: Duration = Duration::from_secs(60);

/// Returns a function metric with its own families and two buckets.
const fn named(name: &'static str) -> FunctionMetric {
    FunctionMetric::new(Some(name), "work", "", HERE).buckets(Buckets::list(&[1e6, 1e9]))
}

/// Returns a registry of this function alone.
fn registry(function: &'static [FunctionMetric; 1]) -> Metrics {
    Metrics::with_linked(LinkedMetrics::new(&[], function, &[]).unwrap())
}

/// Returns the exposed samples without the sums of durations, which are not deterministic.
fn samples(metrics: &Metrics) -> Vec<String> {
    let text = metrics.to_text();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.contains("_seconds_sum"));
    lines.filter(|line| !line.starts_with("ops_")).map(str::to_owned).collect()
}

#[test]
fn exposes_nineteen_samples_before_the_first_call() {
    static FUNCTION: [FunctionMetric; 1] = [FunctionMetric::new(Some("work"), "work", "", HERE)];
    let text = registry(&FUNCTION).to_text();
    let samples = || text.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(samples().count(), 12 + 2 + 4 + 1, "buckets, sum and count; counters; in flight:\n{text}");
    assert!(samples().all(|line| line.ends_with(" 0")));
    for outcome in CallOutcome::ALL.map(CallOutcome::as_str) {
        assert!(text.contains(&format!("\nwork_total{{outcome=\"{outcome}\"}} 0\n")), "{outcome}");
    }
}

#[test]
fn durations_of_an_outcome_appear_with_its_first_call_and_stay() {
    static FUNCTION: [FunctionMetric; 1] = [named("work")];
    let metrics = registry(&FUNCTION);
    let durations = |outcome, calls| {
        let bucket = move |le| format!("work_duration_seconds_bucket{{outcome=\"{outcome}\",le=\"{le}\"}} {calls}");
        let count = format!("work_duration_seconds_count{{outcome=\"{outcome}\"}} {calls}");
        [bucket("1000000"), bucket("1000000000"), bucket("+Inf"), count]
    };
    let served = || {
        let lines = samples(&metrics).into_iter().filter(|line| line.starts_with("work_duration"));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(served(), durations("ok", 0));
    FUNCTION[0].enter().finish(CallOutcome::Error);
    let with_error = [durations("error", 1), durations("ok", 0)].concat();
    assert_eq!(served(), with_error);
    assert_eq!(served(), with_error, "the series stays without further calls");
}

#[test]
fn without_durations_exposes_counters_and_in_flight_only() {
    static FUNCTION: [FunctionMetric; 1] = [named("work").durations(false)];
    let metrics = registry(&FUNCTION);
    FUNCTION[0].enter().finish(CallOutcome::Ok);
    FUNCTION[0].enter().finish(CallOutcome::Ok);
    let running = FUNCTION[0].enter();
    assert_eq!(
        metrics.to_text(),
        "# HELP work_in_flight Calls of `work` in flight.\n\
         # TYPE work_in_flight gauge\n\
         work_in_flight 1\n\
         # HELP work_total Calls of `work`, by outcome.\n\
         # TYPE work_total counter\n\
         work_total{outcome=\"cancelled\"} 0\n\
         work_total{outcome=\"error\"} 0\n\
         work_total{outcome=\"ok\"} 2\n\
         work_total{outcome=\"panic\"} 0\n"
    );
    drop(running);
}

#[test]
fn native_durations_have_one_text_bucket_and_do_not_affect_other_functions() {
    static FUNCTION: [FunctionMetric; 1] =
        [FunctionMetric::new(Some("work"), "work", "", HERE).buckets(Buckets::NATIVE)];
    static NEIGHBOR: [FunctionMetric; 1] = [FunctionMetric::new(Some("near"), "near", "", HERE).durations(false)];
    let (metrics, neighbor) = (registry(&FUNCTION), registry(&NEIGHBOR));
    let _ = samples(&neighbor);
    FUNCTION[0].enter().finish(CallOutcome::Ok);
    FUNCTION[0].enter().finish(CallOutcome::Error);
    assert_eq!(
        samples(&metrics),
        [
            r#"work_duration_seconds_bucket{outcome="error",le="+Inf"} 1"#,
            r#"work_duration_seconds_count{outcome="error"} 1"#,
            r#"work_duration_seconds_bucket{outcome="ok",le="+Inf"} 1"#,
            r#"work_duration_seconds_count{outcome="ok"} 1"#,
            "work_in_flight 0",
            r#"work_total{outcome="cancelled"} 0"#,
            r#"work_total{outcome="error"} 1"#,
            r#"work_total{outcome="ok"} 1"#,
            r#"work_total{outcome="panic"} 0"#,
        ]
    );
    assert!(samples(&neighbor).iter().all(|line| line.ends_with(" 0")));
}

#[test]
fn counts_calls_by_result_labels_but_in_flight_without_them() {
    static FUNCTION: [FunctionMetric; 1] =
        [named("serve").durations(false).labels(&[LabelDeclaration::of::<bool>("tls")]).result_labels(&["status"])];
    let metrics = registry(&FUNCTION);
    let call = |tls: bool| FUNCTION[0].enter_with(&[&tls]);
    let in_flight = call(true);
    call(true).finish_with(CallOutcome::Ok, &[&200_u16]);
    call(true).finish_with(CallOutcome::Ok, &[&"2\"00"]);
    call(false).finish_with(CallOutcome::Error, &[&500_u16]);
    call(false).finish_with(CallOutcome::Error, &[&500_u16]);
    drop(call(false));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _call = call(false);
        panic!("on purpose");
    }));
    assert!(panicked.is_err());
    assert_eq!(
        samples(&metrics),
        [
            r#"serve_in_flight{tls="false"} 0"#,
            r#"serve_in_flight{tls="true"} 1"#,
            r#"serve_total{tls="false",outcome="cancelled"} 1"#,
            r#"serve_total{tls="true",outcome="cancelled"} 0"#,
            r#"serve_total{tls="false",status="500",outcome="error"} 2"#,
            r#"serve_total{tls="false",outcome="error"} 0"#,
            r#"serve_total{tls="true",outcome="error"} 0"#,
            r#"serve_total{tls="true",status="200",outcome="ok"} 1"#,
            r#"serve_total{tls="true",status="2\"00",outcome="ok"} 1"#,
            r#"serve_total{tls="false",outcome="ok"} 0"#,
            r#"serve_total{tls="true",outcome="ok"} 0"#,
            r#"serve_total{tls="false",outcome="panic"} 1"#,
            r#"serve_total{tls="true",outcome="panic"} 0"#,
        ]
    );
    drop(in_flight);
}

#[test]
fn durations_have_result_labels() {
    static FUNCTION: [FunctionMetric; 1] = [named("serve").result_labels(&["status"])];
    let metrics = registry(&FUNCTION);
    let counts = || samples(&metrics).into_iter().filter(|line| line.contains("_count")).collect::<Vec<_>>();
    assert_eq!(counts(), [""; 0]);
    FUNCTION[0].enter().finish_with(CallOutcome::Ok, &[&404_u16]);
    assert_eq!(counts(), [r#"serve_duration_seconds_count{status="404",outcome="ok"} 1"#]);
}

#[test]
fn absent_result_labels_are_omitted() {
    static FUNCTION: [FunctionMetric; 1] = [named("serve").durations(false).result_labels(&["status"])];
    let metrics = registry(&FUNCTION);
    FUNCTION[0].enter().finish_with(CallOutcome::Ok, &[&None::<u16>]);
    FUNCTION[0].enter().finish_with(CallOutcome::Ok, &[&""]);
    FUNCTION[0].enter().finish(CallOutcome::Ok);
    assert!(samples(&metrics).contains(&r#"serve_total{outcome="ok"} 3"#.to_owned()), "{:?}", samples(&metrics));
}

#[test]
fn panic_in_a_result_label_counts_as_a_panicked_call() {
    struct Unwritable;
    impl crate::LabelValue for Unwritable {
        fn write(&self, _to: &mut crate::metric::ValueWriter<'_>) {
            panic!("on purpose");
        }
    }
    static FUNCTION: [FunctionMetric; 1] = [named("serve").durations(false).result_labels(&["status"])];
    let call = FUNCTION[0].enter();
    let panicked =
        catch_unwind(AssertUnwindSafe(|| call.finish_with(CallOutcome::Ok, &[&Unwritable as &dyn crate::LabelValue])));
    assert!(panicked.is_err());
    let samples = samples(&registry(&FUNCTION));
    assert!(samples.contains(&r#"serve_total{outcome="panic"} 1"#.to_owned()), "{samples:?}");
    assert!(samples.contains(&"serve_in_flight 0".to_owned()), "{samples:?}");
}

#[test]
fn calls_beyond_max_series_go_to_the_overflow_series() {
    static FUNCTION: [FunctionMetric; 1] =
        [named("serve").durations(false).labels(&[LabelDeclaration::dynamic("path")]).max_series(2)];
    let metrics = registry(&FUNCTION);
    metrics.set_default_max_series(1);
    for path in ["/a", "/b", "/c", "/d", "/a"] {
        FUNCTION[0].enter_with(&[&path]).finish(CallOutcome::Ok);
    }
    let ok = samples(&metrics).into_iter().filter(|line| line.contains("\"ok\""));
    assert_eq!(
        ok.collect::<Vec<_>>(),
        [
            r#"serve_total{ops_overflow="true",outcome="ok"} 2"#,
            r#"serve_total{path="/a",outcome="ok"} 2"#,
            r#"serve_total{path="/b",outcome="ok"} 1"#,
        ]
    );
    assert!(metrics.to_text().contains("ops_metric_overflow_total{family=\"serve_total\"} 2\n"));
}

#[test]
fn default_max_series_applies_before_and_after_the_first_call() {
    const LABELS: &[LabelDeclaration] = &[LabelDeclaration::dynamic("path")];
    static BEFORE: [FunctionMetric; 1] = [named("before").durations(false).labels(LABELS).result_labels(&["status"])];
    static AFTER: [FunctionMetric; 1] = [named("after").durations(false).labels(LABELS).result_labels(&["status"])];
    let call = |function: &'static FunctionMetric, path: &str| {
        function.enter_with(&[&path]).finish_with(CallOutcome::Ok, &[&path]);
    };
    call(&AFTER[0], "/a");
    for functions in [&BEFORE, &AFTER] {
        let metrics = registry(functions);
        metrics.set_default_max_series(1);
        ["/a", "/b", "/c"].iter().for_each(|path| call(&functions[0], path));
        let overflow = samples(&metrics).into_iter().find(|line| line.contains("ops_overflow=\"true\",outcome=\"ok\""));
        assert!(overflow.is_some_and(|line| line.ends_with(" 2")), "{:?}", samples(&metrics));
    }
}

/// Returns the label sets of the declared series and of the result series.
fn labels(function: &FunctionMetric) -> (Vec<String>, Vec<String>) {
    let (layout, mut declared, mut by_result) = (function.layout(), Vec::new(), Vec::new());
    if let layout::Series::Dynamic(family) = &layout.series {
        family.for_each(&layout.cells, |labels, _| declared.push(labels.to_owned()));
    }
    if let Some(results) = &layout.results {
        results.for_each(|labels, _| by_result.push(labels.to_owned()));
    }
    (declared, by_result)
}

#[test]
fn idle_series_expire_unless_a_call_is_running() {
    static FUNCTION: FunctionMetric = named("serve").labels(&[LabelDeclaration::dynamic("path")]).ttl(MINUTE);
    let start = Instant::now();
    let expire = |at| FUNCTION.layout().expire(&Reader::at(at));
    let running = FUNCTION.enter_with(&[&"/running"]);
    FUNCTION.enter_with(&[&"/idle"]).finish(CallOutcome::Ok);
    FUNCTION.enter_with(&[&"/called"]).finish(CallOutcome::Ok);
    expire(start);
    FUNCTION.enter_with(&[&"/called"]).finish(CallOutcome::Error);
    expire(start + MINUTE / 2);
    expire(start + MINUTE);
    assert_eq!(labels(&FUNCTION).0, [r#"path="/called""#, r#"path="/running""#]);
    expire(start + MINUTE * 2);
    expire(start + MINUTE * 3);
    assert_eq!(labels(&FUNCTION).0, [r#"path="/running""#]);
    running.finish(CallOutcome::Ok);
    expire(start + MINUTE * 4);
    assert_eq!(labels(&FUNCTION).0, [r#"path="/running""#], "the end of a call counts as activity");
    expire(start + MINUTE * 5);
    assert_eq!(labels(&FUNCTION).0, [""; 0]);
}

#[test]
fn calls_with_result_labels_keep_both_series_alive() {
    static FUNCTION: FunctionMetric =
        named("serve").labels(&[LabelDeclaration::dynamic("path")]).result_labels(&["status"]).ttl(MINUTE);
    let start = Instant::now();
    let expire = |at| FUNCTION.layout().expire(&Reader::at(at));
    let call = |status: u16| FUNCTION.enter_with(&[&"/"]).finish_with(CallOutcome::Ok, &[&status]);
    call(200);
    call(404);
    expire(start);
    call(200);
    expire(start + MINUTE / 2);
    expire(start + MINUTE);
    let served = (vec![r#"path="/""#.to_owned()], vec![r#"path="/",status="200""#.to_owned()]);
    assert_eq!(labels(&FUNCTION), served);
    expire(start + MINUTE * 2);
    assert_eq!(labels(&FUNCTION), (Vec::new(), Vec::new()));
}

#[test]
fn default_buckets_apply_to_functions_without_declared_buckets() {
    static FUNCTIONS: [FunctionMetric; 3] = [
        FunctionMetric::new(Some("default"), "f", "", HERE),
        named("own"),
        FunctionMetric::new(Some("called"), "g", "", HERE),
    ];
    FUNCTIONS[2].enter().finish(CallOutcome::Ok);
    let metrics = Metrics::with_linked(LinkedMetrics::new(&[], &FUNCTIONS, &[]).unwrap());
    metrics.set_default_max_series(10);
    metrics.set_default_duration_buckets(Buckets::list(&[7.0]));
    metrics.set_default_duration_buckets(Buckets::list(&[8.0]));
    let bounds = |name: &str| {
        let bucket = format!("{name}_duration_seconds_bucket{{outcome=\"ok\",le=\"");
        let lines = samples(&metrics).into_iter();
        lines.filter_map(|line| Some(line.strip_prefix(&bucket)?.split('"').next()?.to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(bounds("default"), ["7", "+Inf"], "the first default wins");
    assert_eq!(bounds("own"), ["1000000", "1000000000", "+Inf"]);
    assert_eq!(bounds("called").len(), 12);
}
