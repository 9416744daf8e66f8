//! Isolation of failures: panics, oversized reasons and details, checks that are not critical.

use super::*;
use crate::health::{CheckFuture, Outcome, Status};
use std::panic::panic_any;

async fn reason(health: &Health) -> String {
    let report = health.check().await;
    assert_eq!(report.status, Status::Unhealthy);
    report.checks["it"].error.clone().unwrap()
}

#[tokio::test]
async fn panic_fails_the_check() {
    let health = Health::new();
    health.register("it", |_context| async { panic!("no table {}", "orders") });
    assert_eq!(reason(&health).await, "panicked: no table orders");
    health.register("it", |_context| -> CheckFuture { panic!("before the first await") });
    assert_eq!(reason(&health).await, "panicked: before the first await");
    health.register_blocking(check("it"), |_context| -> bool { panic!("on a blocking thread") }).unwrap();
    assert_eq!(reason(&health).await, "panicked: on a blocking thread");
}

#[tokio::test]
async fn check_recovers_after_a_panic() {
    let (health, runs) = (Health::new(), Calls::default());
    let counted = runs.clone();
    health.register("it", move |_context| {
        let run = counted.increment();
        async move { assert_ne!(run, 1) }
    });
    assert_eq!(health.check().await.status, Status::Unhealthy);
    assert_eq!(health.check().await.status, Status::Healthy);
}

#[tokio::test]
async fn panic_payload_that_panics_on_drop_fails_the_check() {
    let health = Health::new();
    health.register("it", |_context| async { panic_any(PanicOnDrop) });
    assert_eq!(reason(&health).await, "panicked: non-string panic payload");
    health.register_blocking(check("it"), |_context| panic_any(PanicOnDrop)).unwrap();
    assert_eq!(reason(&health).await, "panicked: non-string panic payload");
}

#[tokio::test(start_paused = true)]
async fn future_that_panics_on_drop_is_a_timeout() {
    let health = Health::new();
    health.register("it", |_context| async {
        let _guard = PanicOnDrop;
        std::future::pending::<()>().await;
    });
    assert_eq!(reason(&health).await, "timed out after 2s");
    assert_eq!(reason(&health).await, "timed out after 2s");
}

#[tokio::test]
async fn captured_value_may_panic_on_drop_when_the_check_is_replaced() {
    let health = Health::new();
    let captured = PanicOnDrop;
    health.register("it", move |_context| {
        let _ = &captured;
        async {}
    });
    health.register("it", |_context| async {});
    assert_eq!(health.check().await.status, Status::Healthy);
}

#[tokio::test]
async fn panic_while_formatting_an_error_fails_the_check() {
    struct PanicOnFormat;
    impl std::fmt::Display for PanicOnFormat {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("in Display")
        }
    }
    let health = Health::new();
    health.register("it", |_context| async { Err::<(), _>(PanicOnFormat) });
    assert_eq!(reason(&health).await, "panicked: in Display");
}

#[tokio::test]
async fn long_reason_is_truncated() {
    let health = Health::new();
    health.register("it", |_context| async { Err::<(), _>("é".repeat(5000)) });
    assert_eq!(reason(&health).await, "é".repeat(2046) + "…");
    health.register("it", |_context| async { panic!("{}", "x".repeat(5000)) });
    assert_eq!(reason(&health).await.len(), 4096);
    health.register("it", |_context| async { Err::<(), _>("x".repeat(100 << 20)) });
    assert_eq!(reason(&health).await.len(), 4096);
}

#[tokio::test]
async fn details_are_bounded_in_length_and_number() {
    let health = Health::new();
    health.register("it", |_context| async {
        let many = (0..1000).fold(Outcome::healthy(), |outcome, number| outcome.detail(number, number));
        many.detail(0, "x".repeat(10_000))
    });
    let details = health.check().await.checks["it"].details.clone();
    assert_eq!((details.len(), details["0"].to_string().len()), (64, 4096));
}

#[tokio::test]
async fn failure_of_a_noncritical_check_only_degrades() {
    let health = Health::new();
    health.register_check(check("cache").critical(false), |_context| async { Err::<(), _>("down") }).unwrap();
    let report = health.check().await;
    assert_eq!((report.status, report.checks["cache"].ok), (Status::Degraded, false));
    assert_eq!(report.checks["cache"].error.as_deref(), Some("down"));
}

#[tokio::test]
async fn degraded_check_is_not_ok_but_serving() {
    let health = Health::new();
    health.register("disk", |_context| async { Outcome::degraded("91 % full") });
    let report = health.check().await;
    assert!(report.status == Status::Degraded && report.status.is_serving() && !report.checks["disk"].ok);
}

/// A value that panics when it is dropped.
struct PanicOnDrop;

impl Drop for PanicOnDrop {
    fn drop(&mut self) {
        panic!("dropped");
    }
}
