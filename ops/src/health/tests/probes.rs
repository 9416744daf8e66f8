//! What a probe waits for, what it reuses, and what it starts.

use super::*;
use crate::health::{Outcome, Status};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio::sync::{Barrier, Notify};
use tokio::time::{Instant, advance};

#[tokio::test]
async fn all_checks_run_at_once() {
    let health = Health::new();
    let all_are_there = Arc::new(Barrier::new(10));
    for number in 0..10 {
        let all_are_there = all_are_there.clone();
        health.register(format!("check-{number}"), move |_context| {
            let all_are_there = all_are_there.clone();
            async move {
                all_are_there.wait().await;
            }
        });
    }
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Healthy);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_probes_at_once_share_one_run() {
    let (health, runs, go) = (Arc::new(Health::new()), Calls::default(), Arc::new(Notify::new()));
    let (counted, waits) = (runs.clone(), go.clone());
    health.register("slow", move |_context| {
        counted.count();
        let waits = waits.clone();
        async move { waits.notified().await }
    });

    let asked = Arc::new(Barrier::new(101));
    let probes: Vec<_> = (0..100)
        .map(|_| {
            let (health, asked) = (health.clone(), asked.clone());
            tokio::spawn(async move {
                let probe = readiness(&health, AMPLE);
                tokio::pin!(probe);
                assert!(tokio::time::timeout(ms(0), probe.as_mut()).await.is_err(), "the check is waiting");
                asked.wait().await;
                probe.await.status
            })
        })
        .collect();
    asked.wait().await;
    go.notify_one();

    for probe in probes {
        assert_eq!(probe.await.unwrap(), Status::Healthy);
    }
    assert_eq!(runs.number(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_result_is_reused_for_ten_times_as_long_as_it_took() {
    let (health, runs) = health_that_takes(ms(20), true);
    readiness(&health, AMPLE).await;
    advance(ms(199)).await;
    let reused = readiness(&health, AMPLE).await;
    assert_eq!((reused.checks["it"].age, reused.checks["it"].duration), (ms(199), ms(20)));
    assert_eq!(runs.number(), 1);
    advance(ms(1)).await;
    assert_eq!(readiness(&health, AMPLE).await.checks["it"].age, ms(0));
    assert_eq!(runs.number(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_result_is_reused_for_a_second_at_most() {
    let (health, runs) = health_that_takes(ms(1500), true);
    readiness(&health, AMPLE).await;
    advance(ms(999)).await;
    readiness(&health, AMPLE).await;
    assert_eq!(runs.number(), 1);
    advance(ms(1)).await;
    readiness(&health, AMPLE).await;
    assert_eq!(runs.number(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_reused_as_well() {
    let (health, runs) = health_that_takes(ms(20), false);
    readiness(&health, AMPLE).await;
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Unhealthy);
    assert_eq!(runs.number(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_asked_directly_never_reuses() {
    let (health, runs) = health_that_takes(ms(20), true);
    health.check().await;
    health.check().await;
    assert_eq!(runs.number(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_asked_directly_joins_the_run_of_a_probe() {
    let (health, runs) = health_that_takes(ms(500), true);
    readiness(&health, ms(100)).await;
    let report = health.check().await;
    assert_eq!((report.status, report.checks["it"].duration), (Status::Healthy, ms(500)));
    assert_eq!(runs.number(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_any_result_in_its_budget_a_check_is_unknown() {
    let (health, _) = health_that_takes(ms(1500), true);
    let asked = Instant::now();
    let report = readiness(&health, ms(800)).await;
    assert_eq!(asked.elapsed(), ms(800));
    assert_eq!(report.to_text(), "[?]it unknown: no result yet: the first run has taken 800ms so far\nunknown\n");
}

#[tokio::test(start_paused = true)]
async fn after_its_budget_a_probe_has_the_last_result_with_its_age() {
    let (health, runs) = health_that_takes(ms(1500), true);
    readiness(&health, AMPLE).await;
    advance(ms(5000)).await;
    let report = readiness(&health, ms(800)).await;
    let it = &report.checks["it"];
    assert_eq!((it.status, it.age, it.duration), (Status::Healthy, ms(5800), ms(1500)));
    assert_eq!(runs.number(), 2, "the second is on its way");
}

#[tokio::test(start_paused = true)]
async fn the_first_probe_after_a_check_begins_to_hang_does_not_say_that_it_is_healthy() {
    let (health, hangs) = (Health::new(), Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let hangs_now = hangs.clone();
    let quick = move |_context| {
        let takes = if hangs_now.load(Ordering::SeqCst) { AMPLE } else { ms(5) };
        tokio::time::sleep(takes)
    };
    health.register_check(CheckDescriptor::new("db").timeout(ms(1000)), quick).unwrap();
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
async fn a_run_goes_on_when_nobody_waits_and_the_next_probe_has_its_result() {
    let (health, runs) = health_that_takes(ms(1500), true);
    assert_eq!(readiness(&health, ms(0)).await.status, Status::Unknown);
    tokio::time::sleep(ms(1600)).await;
    assert_eq!(readiness(&health, ms(0)).await.status, Status::Healthy);
    assert_eq!(runs.number(), 1);
}

#[tokio::test]
async fn a_probe_asks_the_checks_of_its_kind_alone() {
    let health = Health::new();
    for kind in [CheckKind::Readiness, CheckKind::Liveness, CheckKind::Startup] {
        health.register_check(CheckDescriptor::named(kind.as_str()).kind(kind), |_context| async {}).unwrap();
    }
    for kind in [CheckKind::Readiness, CheckKind::Liveness, CheckKind::Startup] {
        let report = health.probe(kind, AMPLE).await;
        assert_eq!(report.checks.keys().collect::<Vec<_>>(), [kind.as_str()]);
    }
    assert_eq!(health.check().await.checks.len(), 3, "asked directly, all of them answer");
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_given_up_leaves_nothing_behind() {
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
        assert!(tokio::time::timeout(ms(1), probe).await.is_err(), "given up");
    }
    health.deregister("it");
    assert_ne!(held.strong_count(), 0, "the run in progress has it");
    tokio::time::sleep(CheckDescriptor::DEFAULT_TIMEOUT).await;
    assert_eq!(held.strong_count(), 0);
}

#[test]
fn outside_a_runtime_nothing_is_run_and_reports_have_the_last_results() {
    let (health, runs) = health_that_takes(ms(0), Outcome::degraded("slow"));
    let unknown = "[?]it unknown";
    assert!(at_once(health.probe(CheckKind::Readiness, AMPLE)).to_text().starts_with(unknown), "never run");
    assert_eq!(at_once(health.check()).status, Status::Unknown);
    assert_eq!(runs.number(), 0);

    application_with_timers().block_on(health.check());
    let known = "[!]it degraded: slow\ndegraded\n";
    assert_eq!(at_once(health.probe(CheckKind::Readiness, AMPLE)).to_text(), known);
    assert_eq!(at_once(health.probe_part("it", AMPLE)).unwrap().to_text(), known);
    assert_eq!(at_once(health.check_within(ms(1))).to_text(), known);
    assert_eq!(at_once(health.check_one("it")).unwrap().status, Status::Degraded);
    assert_eq!(at_once(health.details(AMPLE)).status, Status::Degraded);
    assert!(at_once(health.probe_part("none", AMPLE)).is_none() && at_once(health.check_one("none")).is_none());
    let mut keeping = std::pin::pin!(health.keep());
    assert!(poll(keeping.as_mut()).is_pending());
    assert_eq!(runs.number(), 1);
}

fn application_with_timers() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// The output of a future that waits for nothing.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match poll(std::pin::pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
