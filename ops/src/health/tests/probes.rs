//! Probes: reuse of results, single-flight runs and budgets.

use super::*;
use crate::health::{Outcome, Status};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio::sync::{Barrier, Notify};
use tokio::time::{Instant, advance};

#[tokio::test]
async fn all_checks_run_concurrently() {
    let health = Health::new();
    let barrier = Arc::new(Barrier::new(10));
    for number in 0..10 {
        let barrier = barrier.clone();
        health.register(format!("check-{number}"), move |_context| {
            let barrier = barrier.clone();
            async move {
                barrier.wait().await;
            }
        });
    }
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Healthy);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_probes_share_one_run() {
    let (health, runs, go) = (Arc::new(Health::new()), Calls::default(), Arc::new(Notify::new()));
    let (counted, waits) = (runs.clone(), go.clone());
    health.register("slow", move |_context| {
        counted.increment();
        let waits = waits.clone();
        async move { waits.notified().await }
    });

    let all_waiting = Arc::new(Barrier::new(101));
    let probes: Vec<_> = (0..100)
        .map(|_| {
            let (health, all_waiting) = (health.clone(), all_waiting.clone());
            tokio::spawn(async move {
                let probe = readiness(&health, AMPLE);
                tokio::pin!(probe);
                assert!(tokio::time::timeout(ms(0), probe.as_mut()).await.is_err(), "the check is waiting");
                all_waiting.wait().await;
                probe.await.status
            })
        })
        .collect();
    all_waiting.wait().await;
    go.notify_one();

    for probe in probes {
        assert_eq!(probe.await.unwrap(), Status::Healthy);
    }
    assert_eq!(runs.total(), 1);
}

#[tokio::test(start_paused = true)]
async fn result_is_reused_for_ten_times_its_duration() {
    let (health, runs) = health_with_slow_check(ms(20), true);
    readiness(&health, AMPLE).await;
    advance(ms(199)).await;
    let reused = readiness(&health, AMPLE).await;
    assert_eq!((reused.checks["it"].age, reused.checks["it"].duration), (ms(199), ms(20)));
    assert_eq!(runs.total(), 1);
    advance(ms(1)).await;
    assert_eq!(readiness(&health, AMPLE).await.checks["it"].age, ms(0));
    assert_eq!(runs.total(), 2);
}

#[tokio::test(start_paused = true)]
async fn result_is_reused_for_at_most_one_second() {
    let (health, runs) = health_with_slow_check(ms(1500), true);
    readiness(&health, AMPLE).await;
    advance(ms(999)).await;
    readiness(&health, AMPLE).await;
    assert_eq!(runs.total(), 1);
    advance(ms(1)).await;
    readiness(&health, AMPLE).await;
    assert_eq!(runs.total(), 2);
}

#[tokio::test(start_paused = true)]
async fn failure_is_reused() {
    let (health, runs) = health_with_slow_check(ms(20), false);
    readiness(&health, AMPLE).await;
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Unhealthy);
    assert_eq!(runs.total(), 1);
}

#[tokio::test(start_paused = true)]
async fn check_never_reuses_a_result() {
    let (health, runs) = health_with_slow_check(ms(20), true);
    health.check().await;
    health.check().await;
    assert_eq!(runs.total(), 2);
}

#[tokio::test(start_paused = true)]
async fn check_joins_the_run_of_a_probe() {
    let (health, runs) = health_with_slow_check(ms(500), true);
    readiness(&health, ms(100)).await;
    let report = health.check().await;
    assert_eq!((report.status, report.checks["it"].duration), (Status::Healthy, ms(500)));
    assert_eq!(runs.total(), 1);
}

#[tokio::test(start_paused = true)]
async fn check_is_unknown_if_the_first_run_exceeds_the_budget() {
    let (health, _) = health_with_slow_check(ms(1500), true);
    let start = Instant::now();
    let report = readiness(&health, ms(800)).await;
    assert_eq!(start.elapsed(), ms(800));
    assert_eq!(report.to_text(), "[?]it unknown: no result yet: the first run has taken 800ms so far\nunknown\n");
}

#[tokio::test(start_paused = true)]
async fn probe_returns_the_last_result_with_its_age_after_its_budget() {
    let (health, runs) = health_with_slow_check(ms(1500), true);
    readiness(&health, AMPLE).await;
    advance(ms(5000)).await;
    let report = readiness(&health, ms(800)).await;
    let it = &report.checks["it"];
    assert_eq!((it.status, it.age, it.duration), (Status::Healthy, ms(5800), ms(1500)));
    assert_eq!(runs.total(), 2, "the second run is in progress");
}

#[tokio::test(start_paused = true)]
async fn first_probe_of_a_hanging_check_is_degraded() {
    let (health, hangs) = (Health::new(), Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let is_hanging = hangs.clone();
    let run = move |_context| {
        let duration = if is_hanging.load(Ordering::SeqCst) { AMPLE } else { ms(5) };
        tokio::time::sleep(duration)
    };
    health.register_check(CheckDescriptor::new("db").timeout(ms(1000)), run).unwrap();
    assert_eq!(readiness(&health, ms(800)).await.to_text(), "[+]db ok\nhealthy\n");
    hangs.store(true, Ordering::SeqCst);
    advance(ms(10_000)).await;
    assert_eq!(
        readiness(&health, ms(800)).await.to_text(),
        "[!]db degraded: no result after 800ms: the last one, 10.8s ago, was healthy and took 5ms\ndegraded\n"
    );
    tokio::time::sleep(ms(500)).await;
    assert_eq!(health.known().to_text(), "[-]db failed: timed out after 1s\nunhealthy\n");
}

#[tokio::test(start_paused = true)]
async fn run_continues_without_waiting_callers() {
    let (health, runs) = health_with_slow_check(ms(1500), true);
    assert_eq!(readiness(&health, ms(0)).await.status, Status::Unknown);
    tokio::time::sleep(ms(1600)).await;
    assert_eq!(readiness(&health, ms(0)).await.status, Status::Healthy);
    assert_eq!(runs.total(), 1);
}

#[tokio::test]
async fn probe_runs_only_checks_of_its_kind() {
    let health = Health::new();
    for kind in [CheckKind::Readiness, CheckKind::Liveness, CheckKind::Startup] {
        health.register_check(CheckDescriptor::named(kind.as_str()).kind(kind), |_context| async {}).unwrap();
    }
    for kind in [CheckKind::Readiness, CheckKind::Liveness, CheckKind::Startup] {
        let report = health.probe(kind, AMPLE).await;
        assert_eq!(report.checks.keys().collect::<Vec<_>>(), [kind.as_str()]);
    }
    assert_eq!(health.check().await.checks.len(), 3, "`check` runs all kinds");
}

#[tokio::test(start_paused = true)]
async fn canceled_probes_leak_no_runs() {
    let (health, captured) = (Health::new(), Arc::new(()));
    let held = Arc::downgrade(&captured);
    health.register("it", move |_context| {
        let captured = captured.clone();
        async move {
            std::future::pending::<()>().await;
            drop(captured);
        }
    });
    for _ in 0..100 {
        let probe = readiness(&health, AMPLE);
        assert!(tokio::time::timeout(ms(1), probe).await.is_err(), "canceled");
    }
    health.deregister("it");
    assert_ne!(held.strong_count(), 0, "the run in progress holds it");
    tokio::time::sleep(CheckDescriptor::DEFAULT_TIMEOUT).await;
    assert_eq!(held.strong_count(), 0);
}

#[test]
fn outside_a_runtime_reports_have_the_last_results() {
    let (health, runs) = health_with_slow_check(ms(0), Outcome::degraded("slow"));
    let unknown = "[?]it unknown";
    assert!(now_or_never(health.probe(CheckKind::Readiness, AMPLE)).to_text().starts_with(unknown), "never run");
    assert_eq!(now_or_never(health.check()).status, Status::Unknown);
    assert_eq!(runs.total(), 0);

    application_with_timers().block_on(health.check());
    let known = "[!]it degraded: slow\ndegraded\n";
    assert_eq!(now_or_never(health.probe(CheckKind::Readiness, AMPLE)).to_text(), known);
    assert_eq!(now_or_never(health.probe_part("it", AMPLE)).unwrap().to_text(), known);
    assert_eq!(now_or_never(health.check_within(ms(1))).to_text(), known);
    assert_eq!(now_or_never(health.check_one("it")).unwrap().status, Status::Degraded);
    assert_eq!(now_or_never(health.details(AMPLE)).status, Status::Degraded);
    assert!(
        now_or_never(health.probe_part("none", AMPLE)).is_none() && now_or_never(health.check_one("none")).is_none()
    );
    let mut scheduler = std::pin::pin!(health.keep());
    assert!(poll(scheduler.as_mut()).is_pending());
    assert_eq!(runs.total(), 1);
}

fn application_with_timers() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// Returns the output of a future that must complete on the first poll.
fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    match poll(std::pin::pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("pending"),
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
