//! What checks are given by type.

use super::*;
use crate::health::{CheckContext, MissingResource, Resource};

struct Pool(&'static str);

/// A check that says in a failure what it was given.
fn health_that_asks_for_a_pool() -> Health {
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
async fn a_check_whose_resource_is_missing_fails_with_the_name_of_its_type_and_what_to_do() {
    let missing = reason(&health_that_asks_for_a_pool()).await;
    let pool = std::any::type_name::<Pool>();
    assert!(pool.ends_with("::Pool"));
    assert_eq!(missing, format!("no `{pool}` was provided: call `ops::provide(value)` with one before the check runs"));
}

#[tokio::test]
async fn a_resource_is_given_from_when_it_is_provided() {
    let health = health_that_asks_for_a_pool();
    reason(&health).await;
    health.provide(Pool("the first"));
    assert_eq!(reason(&health).await, "given the first");
}

#[tokio::test]
async fn a_resource_that_is_provided_again_is_replaced() {
    let health = health_that_asks_for_a_pool();
    health.provide(Pool("the first"));
    health.provide(Pool("the second"));
    health.provide("another type");
    assert_eq!(reason(&health).await, "given the second");
}
