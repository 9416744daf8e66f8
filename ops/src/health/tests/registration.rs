//! Registration, replacement and removal of checks.

use super::*;
use crate::descriptor::Location;
use crate::health::{
    CheckContext, CheckFuture, CheckRegistry, HealthError, LinkedCheck, Outcome, Resources, Run, Status,
};
use tokio::sync::Notify;

fn passes(_context: CheckContext) -> CheckFuture {
    Box::pin(async { Outcome::healthy() })
}

fn fails(_context: CheckContext) -> Outcome {
    Outcome::unhealthy("down")
}

static DB: LinkedCheck = LinkedCheck::new(
    CheckDescriptor::new("db").location(Location::new("src/db.rs", 7, "app::db", "app")),
    Run::Async(passes),
);

static OTHER_DB: LinkedCheck = LinkedCheck::new(
    CheckDescriptor::new("db").location(Location::new("src/store.rs", 9, "store", "store")),
    Run::Blocking(fails),
);

#[tokio::test]
async fn linked_checks_are_sorted_and_run() {
    static QUEUE: LinkedCheck = LinkedCheck::new(CheckDescriptor::new("queue"), Run::Blocking(fails));
    let health = Health::new();
    health.register_linked(&QUEUE).unwrap();
    health.register_linked(&DB).unwrap();
    assert_eq!(health.names(), ["db", "queue"]);
    assert_eq!(health.check().await.to_text(), "[+]db ok\n[-]queue failed: down\nunhealthy\n");
}

#[tokio::test]
async fn rejects_duplicate_linked_checks_with_both_locations() {
    let health = Health::new();
    health.register_linked(&DB).unwrap();
    let error = health.register_linked(&OTHER_DB).unwrap_err();
    assert_eq!(
        error.to_string(),
        "duplicate health check `db`: declared at src/db.rs:7 and at src/store.rs:9; rename one of them"
    );
    assert_eq!(health.check().await.status, Status::Healthy, "the first stays registered");
}

#[tokio::test]
async fn registration_at_run_time_replaces_a_linked_check() {
    let health = Health::new();
    health.register_linked(&DB).unwrap();
    health.register("db", |_context| async { false });
    assert_eq!(health.check().await.status, Status::Unhealthy);
}

#[tokio::test(start_paused = true)]
async fn replacement_takes_effect_immediately() {
    let (health, _) = health_with_slow_check(ms(100), false);
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Unhealthy);
    health.register("it", |_context| async {});
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Healthy, "results of the replaced check are not reused");
}

#[tokio::test]
async fn replacement_does_not_wait_for_a_run_of_the_old_check() {
    let (health, started) = (Health::new(), Arc::new(Notify::new()));
    let notifies = started.clone();
    health.register("it", move |_context| {
        notifies.notify_one();
        std::future::pending::<()>()
    });
    readiness(&health, ms(0)).await;
    started.notified().await;
    health.register("it", |_context| async {});
    assert_eq!(readiness(&health, AMPLE).await.status, Status::Healthy);
}

#[tokio::test]
async fn deregistered_check_is_removed() {
    let health = Health::new();
    health.register("queue", |_context| async { false });
    assert!(health.deregister("queue"));
    assert!(!health.deregister("queue"), "already removed");
    assert_eq!((health.names(), health.check().await.status), (vec![], Status::Healthy));
}

#[test]
fn try_register_rejects_invalid_names() {
    let health = Health::new();
    let error = health.try_register("Orders DB", |_context| async {}).unwrap_err();
    assert_eq!(error, HealthError::InvalidName { name: "Orders DB".to_owned() });
    assert_eq!(
        error.to_string(),
        "invalid health check or group name `Orders DB`: it may contain only lowercase letters, digits, `_`, `.` and `-`, \
         must start with a letter or digit, and is limited to 64 bytes"
    );
    assert_eq!(
        health.register_blocking(check(""), |_context| ()),
        Err(HealthError::InvalidName { name: String::new() })
    );
    assert!(health.names().is_empty());
}

#[test]
#[should_panic(expected = "invalid health check or group name `Orders DB`: it may contain only lowercase letters")]
fn register_panics_on_an_invalid_name() {
    Health::new().register("Orders DB", |_context| async {});
}

#[tokio::test]
async fn check_may_register_and_deregister_checks() {
    let health = Arc::new(Health::new());
    let inside = Arc::downgrade(&health);
    health.register("it", move |_context| {
        let health = inside.upgrade();
        async move {
            let health = health?;
            health.register("made", |_context| async {});
            Some(health.deregister("it"))
        }
    });
    assert_eq!(health.check().await.status, Status::Healthy);
    assert_eq!(health.names(), ["made"]);
}

#[test]
fn lists_descriptors_of_all_checks() {
    let health = Health::new();
    health.register_linked(&DB).unwrap();
    health.register_check(check("cache").help("Reaches the cache.").timeout(ms(5)), |_context| async {}).unwrap();
    let listed = health.descriptors();
    let listed: Vec<_> = listed.iter().map(|check| (check.name(), check.help, check.timeout)).collect();
    assert_eq!(listed, [("cache", "Reaches the cache.", ms(5)), ("db", "", ms(2000))]);
}

#[tokio::test(start_paused = true)]
async fn runners_share_the_checks_of_a_registry() {
    let (registry, resources) = (Arc::new(CheckRegistry::new()), Arc::new(Resources::new()));
    let [one, other] = [(); 2].map(|()| Arc::new(Health::following(registry.clone(), resources.clone())));
    let scheduled = one.clone();
    let scheduler = tokio::spawn(async move { scheduled.keep().await });
    tokio::task::yield_now().await;

    other.provide(7_u8);
    let given = |context: CheckContext| async move { *context.resource::<u8>().unwrap() == 7 };
    other.register_check(check("db").interval(ms(1_000)), given).unwrap();
    // A registration through `other` wakes the scheduler of `one`.
    tokio::time::sleep(ms(100)).await;
    assert!(one.known().checks["db"].ok);

    assert!(one.deregister("db"));
    assert_eq!(other.names(), Vec::<String>::new());
    scheduler.abort();
}

#[tokio::test]
async fn override_is_inherited_by_a_new_registration_and_reported() {
    let health = Health::new();
    let register = || health.register("db", |_context| async {});
    register();
    health.check().await;
    health.set_override("db", Status::Unhealthy, "failover", AMPLE);
    register();
    assert_eq!(health.check().await.to_text(), "[-]db failed: overridden: failover\nunhealthy\n");
    let change = health.history().pop().unwrap();
    assert_eq!(
        (change.check.as_deref(), change.from, change.to, change.reason.as_deref()),
        (Some("db"), Status::Unhealthy, Status::Unhealthy, Some("re-registered; still overridden: failover"))
    );

    assert!(health.deregister("db"));
    assert_eq!(health.check().await.status, Status::Healthy, "a removed check is not overridden");
    register();
    assert_eq!(health.check().await.status, Status::Unhealthy);
    assert!(health.clear_override("db"));
    register();
    assert_eq!(health.check().await.to_text(), "[+]db ok\nhealthy\n");
}

#[tokio::test(start_paused = true)]
async fn expired_override_is_not_inherited() {
    let health = Health::new();
    health.register("db", |_context| async {});
    health.set_override("db", Status::Unhealthy, "failover", ms(1000));
    health.deregister("db");
    health.names();
    tokio::time::advance(ms(1000)).await;
    health.register("db", |_context| async {});
    assert_eq!(health.check().await.to_text(), "[+]db ok\nhealthy\n");
}
