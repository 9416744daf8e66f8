//! Startup checks.

use super::*;
use crate::health::{Report, Status};
use std::sync::atomic::AtomicBool;

/// Registers a startup check called `name` that passes while the returned switch is on.
fn register(health: &Health, name: &'static str) -> Arc<AtomicBool> {
    let switch = Arc::new(AtomicBool::new(false));
    let read = switch.clone();
    let run = move |_context| {
        let up = read.load(Ordering::SeqCst);
        async move { up }
    };
    health.register_check(check(name).kind(CheckKind::Startup), run).unwrap();
    switch
}

async fn startup(health: &Health) -> Report {
    health.probe(CheckKind::Startup, AMPLE).await
}

#[tokio::test(start_paused = true)]
async fn startup_is_complete_for_good_once_every_check_has_passed() {
    let health = Health::new();
    let (cache, schema) = (register(&health, "cache"), register(&health, "schema"));
    assert_eq!(startup(&health).await.status, Status::Unhealthy);

    cache.store(true, Ordering::SeqCst);
    assert_eq!(
        startup(&health).await.to_text(),
        "[+]cache ok\n[-]schema failed: the check returned `false`\nunhealthy\n"
    );
    cache.store(false, Ordering::SeqCst);
    schema.store(true, Ordering::SeqCst);
    assert!(!health.startup_complete());
    assert_eq!(startup(&health).await.to_text(), "[+]cache ok\n[+]schema ok\nhealthy\n", "each check has passed once");

    schema.store(false, Ordering::SeqCst);
    assert_eq!(startup(&health).await.status, Status::Healthy);
    assert!(health.startup_complete());
    register(&health, "late");
    assert_eq!(startup(&health).await.status, Status::Healthy, "completion is permanent");
}

#[tokio::test]
async fn startup_is_healthy_but_incomplete_without_checks() {
    let health = Health::new();
    assert_eq!(startup(&health).await.status, Status::Healthy);
    assert!(!health.startup_complete());
    register(&health, "schema");
    assert_eq!(startup(&health).await.status, Status::Unhealthy);
}

#[tokio::test]
async fn noncritical_startup_check_does_not_prevent_completion() {
    let health = Health::new();
    let warm_up = check("warm-up").kind(CheckKind::Startup).critical(false);
    health.register_check(warm_up, |_context| async { Err::<(), _>("cold") }).unwrap();
    assert_eq!(startup(&health).await.to_text(), "[!]warm-up degraded: cold\ndegraded\n");
    assert!(health.startup_complete());
}
