//! The default duration buckets that the API sets for a program.
//!
//! A separate test binary, because the buckets of a function are fixed by its first call or scrape.

use ops::{Api, Buckets};

#[ops::metric(name = "sweep")]
#[ops::instrument_span("sweep.span")]
fn sweep() {}

#[test]
fn api_sets_default_duration_buckets_of_functions_and_spans() {
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
