//! Thresholds, periodic checks, the liveness grace period and the concurrency limit.

use super::*;
use crate::health::Status;
use std::sync::Mutex;
use tokio::time::{Instant, advance};

/// Creates a runner with a check `it` that returns `outcomes` in order, and a counter of its runs.
fn health_with_results(descriptor: CheckDescriptor, outcomes: &[bool]) -> (Arc<Health>, Calls) {
    let (health, runs) = (Arc::new(Health::new()), Calls::default());
    let counted = runs.clone();
    let outcomes = Mutex::new(outcomes.iter().rev().copied().collect::<Vec<_>>());
    let run = move |_context| {
        counted.increment();
        let outcome = outcomes.lock().unwrap().pop();
        async move { outcome.unwrap_or(true) }
    };
    health.register_check(descriptor, run).unwrap();
    (health, runs)
}

async fn statuses(health: &Health, times: usize) -> Vec<Status> {
    let mut statuses = Vec::new();
    for _ in 0..times {
        statuses.push(health.check().await.status);
    }
    statuses
}

#[tokio::test]
async fn stays_healthy_below_the_failure_threshold() {
    let (health, _) = health_with_results(check("it").failure_threshold(3), &[true, false, false, true, false]);
    assert_eq!(statuses(&health, 5).await, [Status::Healthy; 5]);
    let it = &health.check_within(ms(0)).await.checks["it"];
    assert_eq!((it.ok, it.error.as_deref()), (true, None));
}

#[tokio::test]
async fn failure_below_the_threshold_is_reported_without_a_status_change() {
    let (health, _) = health_with_results(check("it").failure_threshold(2), &[true, false, false]);
    health.check().await;
    let report = health.check().await;
    assert_eq!(report.checks["it"].error.as_deref(), Some("the check returned `false`"));
    assert_eq!(report.to_text(), "[+]it ok\nhealthy\n");
    assert_eq!(health.check().await.to_text(), "[-]it failed: the check returned `false`\nunhealthy\n");
}

#[tokio::test]
async fn recovery_reports_its_progress() {
    let (health, _) = health_with_results(check("it").success_threshold(3), &[false, true, true, true]);
    health.check().await;
    for text in [
        "[-]it failed: 1 of 3 consecutive successes\nunhealthy\n",
        "[-]it failed: 2 of 3 consecutive successes\nunhealthy\n",
        "[+]it ok\nhealthy\n",
    ] {
        assert_eq!(health.check().await.to_text(), text);
    }
}

#[tokio::test]
async fn initial_status_holds_until_a_threshold_is_reached() {
    for (initial, word) in [(Status::Unknown, "[?]it unknown: the"), (Status::Unhealthy, "[-]it failed: the")] {
        let (health, _) = health_with_results(check("it").failure_threshold(2).initial(initial), &[false]);
        let text = health.check().await.to_text();
        assert_eq!(text, format!("{word} check returned `false`\n{initial}\n"));
    }
    let health = Health::new();
    let never = |_context| std::future::pending::<()>();
    health.register_check(check("it").initial(Status::Healthy), never).unwrap();
    assert_eq!(readiness(&health, ms(0)).await.to_text(), "[+]it ok\nhealthy\n");
}

#[tokio::test(start_paused = true)]
async fn periodic_check_is_run_by_the_scheduler_only() {
    let periodic = check("it").interval(ms(10_000));
    let (health, runs) = health_with_results(periodic, &[true, false]);
    assert_eq!(readiness(&health, AMPLE).await.to_text(), "[?]it unknown: no result yet\nunknown\n");
    assert_eq!(runs.total(), 0);

    let scheduler = tokio::spawn({
        let health = health.clone();
        async move { health.keep().await }
    });
    let start = Instant::now();
    let mut changes = health.changes();
    assert_eq!(changes.next().await.unwrap().to, Status::Healthy);
    assert_eq!(start.elapsed(), ms(0), "the first run starts immediately");
    for _ in 0..100 {
        readiness(&health, AMPLE).await;
    }
    assert_eq!(runs.total(), 1);
    assert_eq!(changes.next().await.unwrap().to, Status::Unhealthy);
    assert!(start.elapsed() >= ms(9_000) && start.elapsed() <= ms(11_001), "{:?}", start.elapsed());
    scheduler.abort();
}

#[tokio::test(start_paused = true)]
async fn result_older_than_three_intervals_is_stale() {
    let (health, _) = health_with_results(check("it").interval(ms(1_000)), &[true]);
    health.check().await;
    advance(ms(2_999)).await;
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Healthy);
    advance(ms(2)).await;
    assert_eq!(
        readiness(&health, AMPLE).await.to_text(),
        "[?]it unknown: no result for more than 3 intervals of 1s\nunknown\n"
    );
}

#[tokio::test(start_paused = true)]
async fn scheduler_runs_checks_that_are_registered_later() {
    let health = Arc::new(Health::new());
    let scheduler = health.clone();
    tokio::spawn(async move { scheduler.keep().await });
    tokio::task::yield_now().await;
    let mut changes = health.changes();
    health.register_check(check("late").interval(ms(1_000)), |_context| async {}).unwrap();
    assert_eq!(changes.next().await.unwrap().check.as_deref(), Some("late"));
}

#[tokio::test(start_paused = true)]
async fn grace_period_degrades_liveness_until_the_first_success() {
    let starting = check("it").kinds(&[CheckKind::Liveness, CheckKind::Readiness]).grace(ms(30_000));
    let (health, _) = health_with_results(starting, &[false, false, true, false, false]);
    let liveness = async || health.probe(CheckKind::Liveness, AMPLE).await.to_text();
    let in_grace = "[!]it degraded: the check returned `false`\ndegraded\n";
    assert_eq!(liveness().await, in_grace);
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Unhealthy, "readiness has no grace");
    assert_eq!(liveness().await, "[+]it ok\nhealthy\n");
    assert_eq!(liveness().await, "[-]it failed: the check returned `false`\nunhealthy\n");

    let starting = check("it").kind(CheckKind::Liveness).grace(ms(30_000));
    let (health, _) = health_with_results(starting, &[false, false]);
    assert_eq!(health.probe(CheckKind::Liveness, AMPLE).await.status, Status::Degraded);
    advance(ms(30_000)).await;
    assert_eq!(health.probe(CheckKind::Liveness, AMPLE).await.status, Status::Unhealthy);
}

#[tokio::test]
async fn concurrency_limit_is_enforced() {
    let health = Health::new().at_once(2);
    let (running, most) = (Calls::default(), Arc::new(AtomicU32::new(0)));
    for number in 0..10 {
        let (running, most) = (running.clone(), most.clone());
        health.register(format!("check-{number}"), move |_context| {
            let (running, most) = (running.clone(), most.clone());
            async move {
                most.fetch_max(running.increment(), Ordering::SeqCst);
                tokio::task::yield_now().await;
                running.0.fetch_sub(1, Ordering::SeqCst);
            }
        });
    }
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Healthy);
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn wait_for_the_concurrency_limit_does_not_count_as_run_time() {
    let health = Health::new().at_once(1);
    for name in ["first", "second", "third"] {
        health.register_check(check(name).timeout(ms(1_000)), |_context| tokio::time::sleep(ms(900))).unwrap();
    }
    let report = readiness(&health, AMPLE).await;
    assert_eq!(report.status, Status::Healthy);
    assert_eq!(report.checks["third"].duration, ms(900));
}
