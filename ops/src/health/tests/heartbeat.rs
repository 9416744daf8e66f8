//! Detection of a stalled runtime by a probe that still responds.

use super::*;
use crate::health::Status;
use std::sync::mpsc;
use tokio::time::Instant;

fn watch(application: &Runtime, limit: Duration) -> Health {
    let health = Health::new();
    let runtime = check("runtime").kind(CheckKind::Liveness);
    health.watch_runtime(runtime, application.handle(), limit).unwrap();
    health
}

async fn until(health: &Health, application: &Runtime, status: Status) -> Duration {
    let mut slowest = Duration::ZERO;
    loop {
        let start = Instant::now();
        let found = health.probe_on(CheckKind::Liveness, ms(500), application.handle()).await.status;
        slowest = slowest.max(start.elapsed());
        if found == status {
            return slowest;
        }
    }
}

#[test]
fn blocked_runtime_fails_liveness_without_delaying_probes() {
    let application = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let health = watch(&application, ms(50));
    let server = Builder::new_current_thread().enable_time().build().unwrap();
    let slowest = server.block_on(async {
        let mut slowest = until(&health, &application, Status::Healthy).await;
        let (release, blocks) = mpsc::channel::<()>();
        application.spawn(async move { assert!(blocks.recv().is_err(), "released") });
        slowest = slowest.max(until(&health, &application, Status::Unhealthy).await);
        let report = health.probe_on(CheckKind::Liveness, ms(500), application.handle()).await;
        let reason = report.checks["runtime"].error.clone().unwrap();
        assert!(reason.starts_with("tokio runtime stalled: the last heartbeat is "), "{reason}");
        drop(release);
        slowest.max(until(&health, &application, Status::Healthy).await)
    });
    assert!(slowest < ms(500), "no probe waited for the application: {slowest:?}");
}

#[tokio::test(start_paused = true)]
async fn heartbeat_stops_when_the_check_is_removed() {
    let health = Health::new();
    health.watch_runtime(check("runtime"), &Handle::current(), ms(1000)).unwrap();
    tokio::task::yield_now().await;
    let tasks = Handle::current().metrics().num_alive_tasks();
    health.deregister("runtime");
    tokio::time::sleep(ms(200)).await;
    assert_eq!(Handle::current().metrics().num_alive_tasks(), tasks - 1);
}
