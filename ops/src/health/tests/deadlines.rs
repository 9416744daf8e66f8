//! What happens when a check takes too long.

use super::*;
use crate::health::Status;
use std::sync::mpsc;
use tokio::time::Instant;

/// Keeps a blocking check, or the worker of an `async` one, until it is dropped.
fn hold() -> (mpsc::Sender<()>, impl Fn() + Send + Sync) {
    let (release, held) = mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    (release, move || assert!(held.lock().unwrap().recv().is_err(), "released"))
}

#[tokio::test(start_paused = true)]
async fn a_check_has_two_seconds_unless_it_says_otherwise() {
    let health = Health::new();
    health.register("plain", |_context| std::future::pending::<()>());
    health.register_check(check("short").timeout(ms(500)), |_context| std::future::pending::<()>()).unwrap();
    let asked = Instant::now();
    let report = health.check().await;
    assert_eq!(asked.elapsed(), ms(2000));
    assert_eq!(
        report.to_text(),
        "[-]plain failed: timed out after 2s\n[-]short failed: timed out after 500ms\nunhealthy\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_check_is_told_the_deadline_that_is_enforced() {
    let health = Health::new();
    health
        .register_check(check("it").timeout(ms(500)), |context| async move {
            tokio::time::sleep_until(Instant::from_std(context.deadline()) - ms(1)).await;
        })
        .unwrap();
    let report = health.check().await;
    assert_eq!((report.status, report.checks["it"].duration), (Status::Healthy, ms(499)));
    let report = health.check_within(ms(200)).await;
    assert_eq!((report.status, report.checks["it"].duration), (Status::Healthy, ms(199)));
}

#[tokio::test(start_paused = true)]
async fn a_limit_for_all_fails_what_is_not_done_by_then() {
    let health = Health::new();
    health.register("slow", |_context| std::future::pending::<()>());
    health.register("quick", |_context| async {});
    let report = health.check_within(ms(200)).await;
    assert_eq!(report.to_text(), "[+]quick ok\n[-]slow failed: timed out after 200ms\nunhealthy\n");
}

#[tokio::test(start_paused = true)]
async fn a_joined_run_outlives_the_limit_of_who_joined_it() {
    let (health, runs) = health_that_takes(ms(1000), true);
    readiness(&health, ms(0)).await;
    assert_eq!(health.check_within(ms(200)).await.checks["it"].error.as_deref(), Some("timed out after 200ms"));
    assert_eq!(readiness(&health, AMPLE).await.checks["it"].duration, ms(1000));
    assert_eq!(runs.number(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_async_check_is_dropped_at_its_deadline() {
    struct Dropped(Calls);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.count();
        }
    }
    let (health, drops) = (Health::new(), Calls::default());
    let counted = drops.clone();
    health.register("it", move |_context| {
        let guard = Dropped(counted.clone());
        async move {
            std::future::pending::<()>().await;
            drop(guard);
        }
    });
    health.check().await;
    assert_eq!(drops.number(), 1);
    health.check_within(ms(10)).await;
    assert_eq!(drops.number(), 2, "and the next one is started at once");
}

#[tokio::test]
async fn a_blocking_check_that_hangs_leaves_one_run_behind() {
    let (health, runs, (release, hang)) = (Health::new(), Calls::default(), hold());
    let (counted, over) = (runs.clone(), Arc::new(tokio::sync::Notify::new()));
    let ends = over.clone();
    health
        .register_blocking(check("disk").timeout(ms(20)), move |_context| {
            if counted.count() == 1 {
                hang();
                ends.notify_one();
            }
        })
        .unwrap();

    let report = readiness(&health, AMPLE).await;
    assert_eq!(report.to_text(), "[-]disk failed: timed out after 20ms and still runs\nunhealthy\n");
    for _ in 0..100 {
        assert_eq!(readiness(&health, AMPLE).await.to_text(), report.to_text());
    }
    assert_eq!(health.check().await.status, Status::Unhealthy);
    assert_eq!(runs.number(), 1);

    drop(release);
    over.notified().await;
    // The run ends just after its last word.
    while readiness(&health, AMPLE).await.status != Status::Healthy {
        tokio::task::yield_now().await;
    }
    assert_eq!(runs.number(), 2);
}

#[test]
fn a_check_that_blocks_its_worker_does_not_hold_up_the_probe() {
    let (application, (release, block)) = (application(), hold());
    let health = Health::new();
    let block = Arc::new(block);
    health
        .register_check(check("rude").timeout(ms(60)), move |_context| {
            let block = block.clone();
            async move { block() }
        })
        .unwrap();

    let report = server().block_on(async {
        let unknown = health.probe_on(CheckKind::Readiness, ms(20), application.handle()).await;
        assert_eq!(unknown.status, Status::Unknown);
        health.probe_on(CheckKind::Readiness, AMPLE, application.handle()).await
    });
    assert_eq!(report.to_text(), "[-]rude failed: timed out after 60ms and still runs\nunhealthy\n");
    drop(release);
}

#[test]
fn checks_run_on_the_runtime_of_the_application_and_blocking_ones_on_a_thread_of_their_own() {
    let application = Builder::new_multi_thread().worker_threads(1).thread_name("application").build().unwrap();
    let health = Health::new();
    let runtime = application.handle().id();
    let here = move |thread: &str| std::thread::current().name() == Some(thread) && Handle::current().id() == runtime;
    health.register("async", move |_context| async move { here("application") });
    health.register_blocking(check("blocking"), move |_context| here("ops-check")).unwrap();
    let report = server().block_on(health.probe_on(CheckKind::Readiness, AMPLE, application.handle()));
    assert_eq!(report.to_text(), "[+]async ok\n[+]blocking ok\nhealthy\n");
}

#[test]
fn a_runtime_that_has_shut_down_fails_its_async_checks() {
    let health = Health::new();
    health.register("async", |_context| async {});
    health.register_blocking(check("blocking"), |_context| ()).unwrap();
    let application = application();
    let handle = application.handle().clone();
    drop(application);
    let report = server().block_on(health.probe_on(CheckKind::Readiness, AMPLE, &handle));
    let reason = "stopped before it was done: the runtime that it ran on, or was asked from, shut down";
    assert_eq!(report.to_text(), format!("[-]async failed: {reason}\n[+]blocking ok\nunhealthy\n"));
}

#[test]
fn a_run_ends_with_the_runtime_that_it_was_asked_from() {
    let (health, application) = (Health::new(), application());
    let (alive, ended) = mpsc::channel::<()>();
    health.register("it", move |_context| {
        let alive = alive.clone();
        async move {
            std::future::pending::<()>().await;
            drop(alive);
        }
    });
    server().block_on(health.probe_on(CheckKind::Readiness, ms(0), application.handle()));
    health.deregister("it");
    assert_eq!(ended.recv(), Err(mpsc::RecvError), "all that could keep it has been dropped");
}

/// Who asks: a runtime with a clock of its own, as the server's.
fn server() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}
