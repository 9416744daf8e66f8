//! The default buckets of durations of a program, as its API sets them. A program of its own, so that nothing reads the function before.

use ops::{Api, Buckets};

#[ops::metric(name = "sweep")]
#[ops::instrument_span("sweep.span")]
fn sweep() {}

#[test]
fn api_sets_the_default_buckets_of_functions_and_spans() {
    Api::builder().default_duration_buckets(Buckets::list(&[600.0])).build().unwrap();
    sweep();
    let text = ops::metrics().to_text();
    let is_bucket = |line: &&str| line.starts_with("sweep_") && line.contains("_bucket{");
    assert_eq!(
        text.lines().filter(is_bucket).collect::<Vec<_>>(),
        [
            r#"sweep_duration_seconds_bucket{outcome="ok",le="600"} 1"#,
            r#"sweep_duration_seconds_bucket{outcome="ok",le="+Inf"} 1"#,
            r#"sweep_span_duration_seconds_bucket{le="600"} 1"#,
            r#"sweep_span_duration_seconds_bucket{le="+Inf"} 1"#,
        ]
    );
}
