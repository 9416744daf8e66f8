//! A program that uses `ops` finds the annotated items of its libraries.
//!
//! The libraries depend on `ops` or `ops-core`, under the original or another name.

use std::collections::BTreeMap;

const LIBRARIES: [&str; 5] = ["both", "core", "core_tested", "renamed", "renamed_core"];

type Work = fn(&str) -> Result<usize, String>;

#[tokio::test]
async fn finds_registrations_of_every_dependent() {
    // Links this library, which links the others.
    use dependent_program as _;

    let works: [Work; 5] = [
        dependent_both::work,
        dependent_core::work,
        dependent_core_tested::work,
        dependent_renamed::work,
        dependent_renamed_core::work,
    ];
    for work in works {
        assert_eq!((work("four"), work("").is_err()), (Ok(4), true));
    }

    let report = ops::health().check().await;
    let checks: BTreeMap<_, _> = report.checks.iter().map(|(name, check)| (name.as_str(), check.ok)).collect();
    assert_eq!(checks, LIBRARIES.map(|name| (name, true)).into());

    let text = ops::metrics().to_text();
    for name in LIBRARIES {
        for line in [
            format!("{name}_calls_total{{kind=\"plain\"}} 1"),
            format!("{name}_room{{row=\"1\"}} 7"),
            format!("{name}_work_total{{outcome=\"ok\"}} 1"),
            format!("{name}_work_total{{outcome=\"error\"}} 1"),
            format!("{name}_done_duration_seconds_count 2"),
        ] {
            assert!(text.lines().any(|found| found == line), "missing `{line}` in\n{text}");
        }
    }

    assert!(ops::registry::LinkedMetrics::linked().is_ok(), "no conflicts");
    let packages = ops::catalog().packages();
    let expected = LIBRARIES.map(|name| format!("dependent-{}", name.replace('_', "-")));
    assert_eq!(packages, expected.iter().map(String::as_str).chain(["ops"]).collect::<Vec<_>>());
}
