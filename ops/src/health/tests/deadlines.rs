//! Timeouts, and checks that exceed them.

use super::*;
use crate::health::Status;
use std::sync::mpsc;
use tokio::time::Instant;

/// Returns a function that blocks its thread until the sender is dropped.
fn hold() -> (mpsc::Sender<()>, impl Fn() + Send + Sync) {
    let (release, held) = mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    (release, move || assert!(held.lock().unwrap().recv().is_err(), "released"))
}

#[tokio::test(start_paused = true)]
async fn default_timeout_is_two_seconds() {
    let health = Health::new();
    health.register("plain", |_context| std::future::pending::<()>());
    health.register_check(check("short").timeout(ms(500)), |_context| std::future::pending::<()>()).unwrap();
    let start = Instant::now();
    let report = health.check().await;
    assert_eq!(start.elapsed(), ms(2000));
    assert_eq!(
        report.to_text(),
        "[-]plain failed: timed out after 2s\n[-]short failed: timed out after 500ms\nunhealthy\n"
    );
}

#[tokio::test(start_paused = true)]
async fn context_has_the_enforced_deadline() {
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
async fn check_within_fails_checks_that_exceed_the_limit() {
    let health = Health::new();
    health.register("slow", |_context| std::future::pending::<()>());
    health.register("quick", |_context| async {});
    let report = health.check_within(ms(200)).await;
    assert_eq!(report.to_text(), "[+]quick ok\n[-]slow failed: timed out after 200ms\nunhealthy\n");
}

#[tokio::test(start_paused = true)]
async fn joined_run_outlives_the_limit_of_the_caller() {
    let (health, runs) = health_with_slow_check(ms(1000), true);
    readiness(&health, ms(0)).await;
    assert_eq!(health.check_within(ms(200)).await.checks["it"].error.as_deref(), Some("timed out after 200ms"));
    assert_eq!(readiness(&health, AMPLE).await.checks["it"].duration, ms(1000));
    assert_eq!(runs.total(), 1);
}

#[tokio::test(start_paused = true)]
async fn async_check_is_dropped_at_its_deadline() {
    struct Dropped(Calls);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.increment();
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
    assert_eq!(drops.total(), 1);
    health.check_within(ms(10)).await;
    assert_eq!(drops.total(), 2, "the next run starts immediately");
}

#[tokio::test]
async fn hanging_blocking_check_has_only_one_run() {
    let (health, runs, (release, hang)) = (Health::new(), Calls::default(), hold());
    let (counted, over) = (runs.clone(), Arc::new(tokio::sync::Notify::new()));
    let ends = over.clone();
    health
        .register_blocking(check("disk").timeout(ms(20)), move |_context| {
            if counted.increment() == 1 {
                hang();
                ends.notify_one();
            }
        })
        .unwrap();

    let report = readiness(&health, AMPLE).await;
    assert_eq!(report.to_text(), "[-]disk failed: timed out after 20ms and is still running\nunhealthy\n");
    for _ in 0..100 {
        assert_eq!(readiness(&health, AMPLE).await.to_text(), report.to_text());
    }
    assert_eq!(health.check().await.status, Status::Unhealthy);
    assert_eq!(runs.total(), 1);

    drop(release);
    over.notified().await;
    // The run ends shortly after the check returns.
    while readiness(&health, AMPLE).await.status != Status::Healthy {
        tokio::task::yield_now().await;
    }
    assert_eq!(runs.total(), 2);
}

#[test]
fn check_that_blocks_its_worker_does_not_delay_the_probe() {
    let (application, (release, block)) = (application(), hold());
    let health = Health::new();
    let block = Arc::new(block);
    health
        .register_check(check("blocks").timeout(ms(60)), move |_context| {
            let block = block.clone();
            async move { block() }
        })
        .unwrap();

    let report = server().block_on(async {
        let unknown = health.probe_on(CheckKind::Readiness, ms(20), application.handle()).await;
        assert_eq!(unknown.status, Status::Unknown);
        health.probe_on(CheckKind::Readiness, AMPLE, application.handle()).await
    });
    assert_eq!(report.to_text(), "[-]blocks failed: timed out after 60ms and is still running\nunhealthy\n");
    drop(release);
}

#[test]
fn async_checks_run_on_the_application_runtime_and_blocking_checks_on_dedicated_threads() {
    let application = Builder::new_multi_thread().worker_threads(1).thread_name("application").build().unwrap();
    let health = Health::new();
    let runtime = application.handle().id();
    let runs_on =
        move |thread: &str| std::thread::current().name() == Some(thread) && Handle::current().id() == runtime;
    health.register("async", move |_context| async move { runs_on("application") });
    health.register_blocking(check("blocking"), move |_context| runs_on("ops-check")).unwrap();
    let report = server().block_on(health.probe_on(CheckKind::Readiness, AMPLE, application.handle()));
    assert_eq!(report.to_text(), "[+]async ok\n[+]blocking ok\nhealthy\n");
}

#[test]
fn async_checks_fail_after_their_runtime_shut_down() {
    let health = Health::new();
    health.register("async", |_context| async {});
    health.register_blocking(check("blocking"), |_context| ()).unwrap();
    let application = application();
    let handle = application.handle().clone();
    drop(application);
    let report = server().block_on(health.probe_on(CheckKind::Readiness, AMPLE, &handle));
    let reason = "canceled: the tokio runtime of the check or of its caller shut down";
    assert_eq!(report.to_text(), format!("[-]async failed: {reason}\n[+]blocking ok\nunhealthy\n"));
}

#[test]
fn run_ends_with_the_runtime_of_its_caller() {
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
    assert_eq!(ended.recv(), Err(mpsc::RecvError), "the run was dropped with its runtime");
}

/// Creates the runtime of the caller, with its own timers, like that of the server.
fn server() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}
