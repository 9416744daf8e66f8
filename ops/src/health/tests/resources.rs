//! Resources provided to checks by type.

use super::*;
use crate::health::{CheckContext, FromContext, MissingResource, OptionalResource, Outcome, Resource, Status};

struct Pool(&'static str);

/// Creates a runner with a check that fails with the name of the provided pool.
fn health_with_a_pool() -> Health {
    let health = Health::new();
    health.register("db", |context: CheckContext| async move {
        let pool: Resource<Pool> = context.resource().map_err(|missing: MissingResource| missing.to_string())?;
        Err::<(), _>(format!("given {}", pool.0))
    });
    health
}

async fn reason(health: &Health) -> String {
    health.check().await.checks["db"].error.clone().unwrap()
}

#[tokio::test]
async fn missing_resource_fails_the_check_with_its_type_and_a_remedy() {
    let missing = reason(&health_with_a_pool()).await;
    let pool = std::any::type_name::<Pool>();
    assert!(pool.ends_with("::Pool"));
    assert_eq!(missing, format!("no `{pool}` was provided; call `ops::provide(value)` before the check runs"));
}

#[tokio::test]
async fn resource_is_available_once_provided() {
    let health = health_with_a_pool();
    reason(&health).await;
    health.provide(Pool("the first"));
    assert_eq!(reason(&health).await, "given the first");
}

#[tokio::test]
async fn providing_a_resource_again_replaces_it() {
    let health = health_with_a_pool();
    health.provide(Pool("the first"));
    health.provide(Pool("the second"));
    health.provide("another type");
    assert_eq!(reason(&health).await, "given the second");
}

/// Creates a runner with a check of an optional pool, as the attribute expands it.
///
/// The success threshold is 2.
fn health_with_an_optional_pool(check: CheckDescriptor) -> Health {
    let health = Health::new();
    let run = |context: CheckContext| async move {
        match OptionalResource::<Pool>::from_context(&context) {
            Ok(pool) => Outcome::unhealthy(pool.0),
            Err(missing) => ops_core::__private::missing(missing),
        }
    };
    health.register_check(check.success_threshold(2), run).unwrap();
    health
}

#[tokio::test]
async fn missing_optional_resource_makes_the_check_not_applicable() {
    let health = health_with_an_optional_pool(check("db"));
    let report = health.check().await;
    let pool = std::any::type_name::<Pool>();
    assert_eq!(report.to_text(), format!("[+]db not applicable: no `{pool}` was provided\nhealthy\n"));
    assert_eq!(report.clone().without_errors().to_text(), "[+]db not applicable\nhealthy\n");
    let json = serde_json::to_value(&report.checks["db"]).unwrap();
    assert_eq!((&json["not_applicable"], &json["ok"]), (&true.into(), &true.into()));

    health.provide(Pool("down"));
    let report = health.check().await;
    assert_eq!(report.to_text(), "[-]db failed: down\nunhealthy\n", "applies once a pool is provided");
    assert!(!report.checks["db"].not_applicable);
}

#[tokio::test]
async fn check_that_does_not_apply_passes_startup_and_can_be_overridden() {
    let health = health_with_an_optional_pool(check("db").kind(CheckKind::Startup));
    health.check().await;
    assert!(health.startup_complete());
    health.set_override("db", Status::Unhealthy, "drill", AMPLE);
    assert_eq!(health.known().to_text(), "[-]db failed: overridden: drill\nunhealthy\n");
}

#[tokio::test]
async fn check_may_handle_a_missing_resource() {
    let health = Health::new();
    health.register("db", |context: CheckContext| async move {
        match Option::<Resource<Pool>>::from_context(&context).unwrap() {
            Some(pool) => Outcome::degraded(pool.0),
            None => Outcome::not_applicable("no database is configured"),
        }
    });
    assert_eq!(health.check().await.to_text(), "[+]db not applicable: no database is configured\nhealthy\n");
    health.provide(Pool("slow"));
    assert_eq!(health.check().await.to_text(), "[!]db degraded: slow\ndegraded\n");
}

#[tokio::test]
async fn trait_object_is_provided_by_the_type_of_its_arc() {
    type Store = Arc<dyn Fn() -> bool + Send + Sync>;
    let health = Health::new();
    health.register("store", |context: CheckContext| async move {
        let store: Resource<Store> = context.resource().map_err(|missing| missing.to_string())?;
        Ok::<_, String>(store())
    });
    health.provide::<Store>(Arc::new(|| true));
    assert_eq!(health.check().await.status, Status::Healthy);
}
