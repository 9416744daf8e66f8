//! What a check can do wrong without harm.

use super::*;
use crate::health::{CheckFuture, Outcome, Status};
use std::panic::panic_any;

async fn reason(health: &Health) -> String {
    let report = health.check().await;
    assert_eq!(report.status, Status::Unhealthy);
    report.checks["it"].error.clone().unwrap()
}

#[tokio::test]
async fn a_panic_is_a_failed_check() {
    let health = Health::new();
    health.register("it", |_context| async { panic!("no table {}", "orders") });
    assert_eq!(reason(&health).await, "panicked: no table orders");
    health.register("it", |_context| -> CheckFuture { panic!("before the first await") });
    assert_eq!(reason(&health).await, "panicked: before the first await");
    health.register_blocking(check("it"), |_context| -> bool { panic!("on a blocking thread") }).unwrap();
    assert_eq!(reason(&health).await, "panicked: on a blocking thread");
}

#[tokio::test]
async fn a_panic_leaves_nothing_behind() {
    let (health, runs) = (Health::new(), Calls::default());
    let counted = runs.clone();
    health.register("it", move |_context| {
        let run = counted.count();
        async move { assert_ne!(run, 1) }
    });
    assert_eq!(health.check().await.status, Status::Unhealthy);
    assert_eq!(health.check().await.status, Status::Healthy);
}

#[tokio::test]
async fn a_panic_with_a_payload_that_panics_when_dropped_is_a_failed_check() {
    let health = Health::new();
    health.register("it", |_context| async { panic_any(Grenade) });
    assert_eq!(reason(&health).await, "panicked: non-string panic payload");
    health.register_blocking(check("it"), |_context| panic_any(Grenade)).unwrap();
    assert_eq!(reason(&health).await, "panicked: non-string panic payload");
}

#[tokio::test(start_paused = true)]
async fn a_check_that_panics_when_it_is_dropped_has_timed_out_and_nothing_else() {
    let health = Health::new();
    health.register("it", |_context| async {
        let _grenade = Grenade;
        std::future::pending::<()>().await;
    });
    assert_eq!(reason(&health).await, "timed out after 2s");
    assert_eq!(reason(&health).await, "timed out after 2s");
}

#[tokio::test]
async fn what_a_check_captured_may_panic_when_it_is_replaced() {
    let health = Health::new();
    let captured = Grenade;
    health.register("it", move |_context| {
        let _ = &captured;
        async {}
    });
    health.register("it", |_context| async {});
    assert_eq!(health.check().await.status, Status::Healthy);
}

#[tokio::test]
async fn a_failure_that_cannot_be_written_is_a_panic_like_any_other() {
    struct Unspeakable;
    impl std::fmt::Display for Unspeakable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("no words")
        }
    }
    let health = Health::new();
    health.register("it", |_context| async { Err::<(), _>(Unspeakable) });
    assert_eq!(reason(&health).await, "panicked: no words");
}

#[tokio::test]
async fn a_long_reason_is_cut() {
    let health = Health::new();
    health.register("it", |_context| async { Err::<(), _>("é".repeat(5000)) });
    assert_eq!(reason(&health).await, "é".repeat(2046) + "…");
    health.register("it", |_context| async { panic!("{}", "x".repeat(5000)) });
    assert_eq!(reason(&health).await.len(), 4096);
    health.register("it", |_context| async { Err::<(), _>("x".repeat(100 << 20)) });
    assert_eq!(reason(&health).await.len(), 4096);
}

#[tokio::test]
async fn facts_are_bounded_in_length_and_in_number() {
    let health = Health::new();
    health.register("it", |_context| async {
        let many = (0..1000).fold(Outcome::healthy(), |outcome, number| outcome.detail(number, number));
        many.detail(0, "x".repeat(10_000))
    });
    let details = health.check().await.checks["it"].details.clone();
    assert_eq!((details.len(), details["0"].to_string().len()), (64, 4096));
}

#[tokio::test]
async fn a_check_that_is_not_critical_only_degrades() {
    let health = Health::new();
    health.register_check(check("cache").critical(false), |_context| async { Err::<(), _>("down") }).unwrap();
    let report = health.check().await;
    assert_eq!((report.status, report.checks["cache"].ok), (Status::Degraded, false));
    assert_eq!(report.checks["cache"].error.as_deref(), Some("down"));
}

#[tokio::test]
async fn a_degraded_check_is_not_ok_and_the_program_still_serves() {
    let health = Health::new();
    health.register("disk", |_context| async { Outcome::degraded("91 % full") });
    let report = health.check().await;
    assert!(report.status == Status::Degraded && report.status.is_serving() && !report.checks["disk"].ok);
}

/// Panics when it is dropped.
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        panic!("dropped");
    }
}
