//! Status changes, their history and listeners, overrides and draining.

use super::*;
use crate::health::{Change, Status};
use std::sync::Mutex;
use std::sync::mpsc;

/// Creates a runner with the check `it`, which fails while the switch is on.
fn health() -> (Arc<Health>, Arc<Mutex<bool>>) {
    let (health, fails) = (Arc::new(Health::new()), Arc::new(Mutex::new(false)));
    let read = fails.clone();
    health.register("it", move |_context| {
        let fails = *read.lock().unwrap();
        async move { if fails { Err("down") } else { Ok(()) } }
    });
    (health, fails)
}

fn fields(change: &Change) -> (Option<&str>, Status, Status, Option<&str>) {
    (change.check.as_deref(), change.from, change.to, change.reason.as_deref())
}

#[tokio::test]
async fn each_change_is_reported_once_and_kept_in_the_history() {
    let (health, fails) = health();
    for failing in [false, false, true, true, false] {
        *fails.lock().unwrap() = failing;
        health.check().await;
    }
    let history = health.history();
    assert_eq!(
        history.iter().map(fields).collect::<Vec<_>>(),
        [
            (Some("it"), Status::Unknown, Status::Healthy, None),
            (Some("it"), Status::Healthy, Status::Unhealthy, Some("down")),
            (Some("it"), Status::Unhealthy, Status::Healthy, None),
        ]
    );
    let json = serde_json::to_value(&history[1]).unwrap();
    assert_eq!((&json["check"], &json["to"], &json["reason"]), (&"it".into(), &"unhealthy".into(), &"down".into()));
    assert!(json["time"].as_str().is_some_and(|time| time.len() == 24 && time.ends_with('Z')), "{json}");
}

#[tokio::test]
async fn history_is_bounded_in_bytes() {
    let (health, fails) = (Health::new(), Calls::default());
    let counted = fails.clone();
    health.register("it", move |_context| {
        let fails = counted.increment() % 2 == 0;
        async move { if fails { Err("x".repeat(100_000_000 / 1000)) } else { Ok(()) } }
    });
    for _ in 0..200 {
        health.check().await;
    }
    let history = health.history();
    let bytes: usize = history.iter().map(|change| change.reason.as_ref().map_or(0, String::len)).sum();
    assert!(bytes <= 64 * 1024 && history.len() >= 20, "{} changes, {bytes} bytes", history.len());
    assert!(history.iter().filter_map(|change| change.reason.as_ref()).all(|reason| reason.len() <= 4096));
}

#[tokio::test]
async fn listener_may_call_health_without_deadlock() {
    let (health, _) = health();
    let (inside, (done, is_done)) = (Arc::downgrade(&health), mpsc::channel());
    let listener = move |change: &Change| {
        let Some(health) = inside.upgrade() else { return };
        health.register("made", |_context| async {});
        health.deregister("it");
        health.drain();
        health.undrain();
        let _ = done.send((change.check.clone(), health.names(), health.history().len()));
    };
    health.on_change(listener).unwrap();
    health.check().await;
    let (check, names, _) = is_done.recv().unwrap();
    assert_eq!((check.as_deref(), names), (Some("it"), vec!["made".to_owned()]));
}

#[tokio::test]
async fn listener_that_panics_or_hangs_does_not_block_others() {
    let (health, fails) = health();
    let (release, blocked) = mpsc::channel::<()>();
    let (sender, receiver) = mpsc::channel();
    health.on_change(move |_change| assert!(blocked.recv().is_err(), "released")).unwrap();
    health
        .on_change(move |change| {
            let _ = sender.send(change.to);
            panic!("listener")
        })
        .unwrap();
    for failing in [false, true, false] {
        *fails.lock().unwrap() = failing;
        health.check().await;
    }
    let received: Vec<_> = receiver.iter().take(3).collect();
    assert_eq!(received, [Status::Healthy, Status::Unhealthy, Status::Healthy]);
    drop(release);
}

#[tokio::test]
async fn removed_check_reports_no_changes() {
    let health = Health::new();
    let go = Arc::new(tokio::sync::Notify::new());
    let waits = go.clone();
    health.register("it", move |_context| {
        let waits = waits.clone();
        async move { waits.notified().await }
    });
    readiness(&health, ms(0)).await;
    health.deregister("it");
    go.notify_one();
    tokio::task::yield_now().await;
    assert!(health.history().is_empty());
}

#[tokio::test(start_paused = true)]
async fn override_expires_after_its_ttl_and_both_changes_are_reported() {
    let (health, _) = health();
    let scheduler = health.clone();
    tokio::spawn(async move { scheduler.keep().await });
    health.check().await;
    let mut changes = health.changes();
    assert!(!health.set_override("nothing", Status::Unhealthy, "drill", ms(1)));
    assert!(health.set_override("it", Status::Unhealthy, "drill", ms(10_000)));
    assert_eq!(fields(&changes.next().await.unwrap()).2, Status::Unhealthy);
    let report = health.check().await;
    assert_eq!(report.to_text(), "[-]it failed: overridden: drill\nunhealthy\n");
    assert_eq!(
        serde_json::to_value(&report).unwrap()["checks"]["it"]["override"],
        serde_json::json!({"status": "unhealthy", "reason": "drill", "ttl_seconds": 10.0})
    );
    let since = tokio::time::Instant::now();
    let expired = changes.next().await.unwrap();
    assert_eq!(fields(&expired), (Some("it"), Status::Unhealthy, Status::Healthy, None));
    assert!(since.elapsed() >= ms(10_000) && since.elapsed() < ms(10_100), "{:?}", since.elapsed());
}

#[tokio::test]
async fn recovery_while_draining_does_not_restore_readiness() {
    let (health, fails) = health();
    *fails.lock().unwrap() = true;
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Unhealthy);
    assert!(health.drain() && !health.drain());
    *fails.lock().unwrap() = false;
    assert!(health.check().await.checks["it"].ok);
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Unhealthy);
    health.set_override("it", Status::Healthy, "all is well", AMPLE);
    health.register("it", |_context| async {});
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Unhealthy);
    assert!(health.undrain() && !health.undrain());
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Healthy);
    let drained: Vec<_> = health.history().iter().filter(|change| change.check.is_none()).map(|c| c.to).collect();
    assert_eq!(drained, [Status::Unhealthy, Status::Healthy]);
}
