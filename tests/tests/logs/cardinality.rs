//! Metric families over their series limit: exact totals, and a warning in the log.

use ops::registry::LinkedMetrics;
use ops::{Counter, Metrics, attr};
use ops_tests::log::LogBuffer;

/// Logins, by user and method.
#[ops::metric]
static LOGINS: Counter<Login>;

/// Logouts, by user and method.
#[ops::metric(max_series = 4)]
static LOGOUTS: Counter<Login>;

#[derive(ops::Labels)]
struct Login {
    method: bool,
    user: u32,
}

/// Returns the number of series of the family without the overflow series, and the total of all.
fn counted(text: &str, family: &str) -> (usize, u64) {
    let samples = text.lines().filter_map(|line| line.strip_prefix(family)?.strip_prefix('{')?.split_once("} "));
    let samples: Vec<(&str, u64)> = samples.map(|(labels, value)| (labels, value.parse().unwrap())).collect();
    let named = samples.iter().filter(|(labels, _)| !labels.contains("ops_overflow"));
    (named.count(), samples.iter().map(|(_, value)| value).sum())
}

#[test]
fn series_limit_keeps_totals_exact_and_logs_the_offending_label_once() {
    let metrics = Metrics::with_linked(LinkedMetrics::linked().unwrap());
    metrics.set_default_max_series(10);
    for user in 0..100 {
        LOGINS.with(&Login { method: user % 2 == 0, user }).inc();
        LOGOUTS.with(&Login { method: true, user }).inc();
        metrics.counter("visits_total").add(1, &[attr("page", "/"), attr("visitor", user)]);
    }
    let written = LogBuffer::default();
    let writer = written.clone();
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(move || writer.clone()).finish();
    let [_, text] = tracing::subscriber::with_default(subscriber, || [metrics.to_text(), metrics.to_text()]);

    assert_eq!(counted(&text, "logins_total"), (10, 100));
    assert_eq!(counted(&text, "logouts_total"), (4, 100), "its own `max_series` takes precedence");
    assert_eq!(counted(&text, "visits_total"), (10, 100), "the default also applies to metrics created at run time");
    assert!(text.contains("\nops_metric_overflow_total{family=\"logins_total\"} 90\n"));
    assert!(text.contains("\nops_metric_overflow_total{family=\"logouts_total\"} 96\n"));
    let advice = "series limit reached: further series are counted in the `ops_overflow` series; reduce the number of label \
                  values, or raise `max_series` of the metric";
    let line = |family: &str, label: &str, values: usize| {
        format!(" WARN ops: {advice} family=\"{family}\" label=\"{label}\" values={values}")
    };
    let lines: Vec<_> = written.wait_for_lines(3).lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [line("logins_total", "user", 10), line("logouts_total", "user", 4), line("visits_total", "visitor", 10)]
    );
}
