//! When a program has started.

use super::*;
use crate::health::{Report, Status};
use std::sync::atomic::AtomicBool;

/// A startup check called `name` that passes while the switch is on.
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
async fn a_program_has_started_for_good_when_every_startup_check_has_passed_once() {
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
    assert_eq!(startup(&health).await.to_text(), "[+]cache ok\n[+]schema ok\nhealthy\n", "each has passed once");

    schema.store(false, Ordering::SeqCst);
    assert_eq!(startup(&health).await.status, Status::Healthy);
    assert!(health.startup_complete());
    register(&health, "late");
    assert_eq!(startup(&health).await.status, Status::Healthy, "for good");
}

#[tokio::test]
async fn without_startup_checks_nothing_is_wrong_and_nothing_is_settled() {
    let health = Health::new();
    assert_eq!(startup(&health).await.status, Status::Healthy);
    assert!(!health.startup_complete());
    register(&health, "schema");
    assert_eq!(startup(&health).await.status, Status::Unhealthy);
}

#[tokio::test]
async fn a_startup_check_that_is_not_critical_holds_nothing_up() {
    let health = Health::new();
    let warm_up = check("warm-up").kind(CheckKind::Startup).critical(false);
    health.register_check(warm_up, |_context| async { Err::<(), _>("cold") }).unwrap();
    assert_eq!(startup(&health).await.to_text(), "[!]warm-up degraded: cold\ndegraded\n");
    assert!(health.startup_complete());
}
