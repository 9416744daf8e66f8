//! Health metrics: scrapes expose the results of checks and never run them.

use ops::descriptor::CheckDescriptor;
use ops::health::{CheckFuture, HealthMetrics};
use ops::{Health, Metrics, Status};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

fn text(health: &Arc<Health>) -> String {
    let metrics = Metrics::new();
    metrics.register("ops_health", "", None, HealthMetrics::new(health)).unwrap();
    metrics.to_text()
}

#[test]
fn series_exist_before_the_first_run_and_scrapes_run_no_checks() {
    let health = Arc::new(Health::new());
    health.register("it", |_context| -> CheckFuture { panic!("a scrape ran a check") });
    let expected = "\
# HELP ops_health_duration_seconds Duration of the runs of the check.
# TYPE ops_health_duration_seconds summary
ops_health_duration_seconds_sum{check=\"it\"} 0
ops_health_duration_seconds_count{check=\"it\"} 0
# HELP ops_health_runs_total Runs of the check, by result.
# TYPE ops_health_runs_total counter
ops_health_runs_total{check=\"it\",result=\"degraded\"} 0
ops_health_runs_total{check=\"it\",result=\"healthy\"} 0
ops_health_runs_total{check=\"it\",result=\"panic\"} 0
ops_health_runs_total{check=\"it\",result=\"stopped\"} 0
ops_health_runs_total{check=\"it\",result=\"timeout\"} 0
ops_health_runs_total{check=\"it\",result=\"unhealthy\"} 0
# HELP ops_health_status Status of the check: 1 for the current one, 0 for the others.
# TYPE ops_health_status gauge
ops_health_status{check=\"it\",status=\"degraded\"} 0
ops_health_status{check=\"it\",status=\"healthy\"} 0
ops_health_status{check=\"it\",status=\"unhealthy\"} 0
ops_health_status{check=\"it\",status=\"unknown\"} 1
";
    assert_eq!(text(&health), expected);
}

#[tokio::test]
async fn runs_are_counted_by_result() {
    let health = Arc::new(Health::new());
    let runs = AtomicU32::new(0);
    let run = move |_context| {
        let run = runs.fetch_add(1, Ordering::SeqCst);
        async move {
            match run {
                0 => Ok(()),
                1 => Err("down"),
                2 => panic!("a bug"),
                _ => std::future::pending().await,
            }
        }
    };
    health.register_check(CheckDescriptor::new("it").timeout(Duration::from_millis(10)), run).unwrap();
    for _ in 0..4 {
        health.check().await;
    }
    let text = text(&health);
    for line in [
        "ops_health_duration_seconds_count{check=\"it\"} 4",
        "ops_health_runs_total{check=\"it\",result=\"healthy\"} 1",
        "ops_health_runs_total{check=\"it\",result=\"panic\"} 1",
        "ops_health_runs_total{check=\"it\",result=\"timeout\"} 1",
        "ops_health_runs_total{check=\"it\",result=\"unhealthy\"} 1",
        "ops_health_status{check=\"it\",status=\"unhealthy\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "missing {line:?} in\n{text}");
    }
    let took = text.lines().find_map(|line| line.strip_prefix("ops_health_duration_seconds_sum{check=\"it\"} "));
    assert!(took.unwrap().parse::<f64>().unwrap() >= 0.01, "{text}");
    let last = text.lines().find_map(|line| line.strip_prefix("ops_health_last_run_timestamp_seconds{check=\"it\"} "));
    assert!(last.unwrap().parse::<f64>().unwrap() > 1.7e9, "{text}");
}

#[tokio::test]
async fn status_is_the_effective_status() {
    let health = Arc::new(Health::new());
    health.register_check(CheckDescriptor::new("cache").critical(false), |_context| async { false }).unwrap();
    assert_eq!(health.check().await.status, Status::Degraded);
    assert!(text(&health).contains("ops_health_status{check=\"cache\",status=\"degraded\"} 1\n"));
}
