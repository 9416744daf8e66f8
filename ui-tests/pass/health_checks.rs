//! Every supported form of a health check.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![allow(
    clippy::missing_const_for_fn,
    clippy::redundant_pub_crate,
    reason = "these lints concern the test code, not the expansion"
)]
#![allow(
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "the checks are empty"
)]
#![forbid(unsafe_code)]

use ops::{CheckContext, Outcome, Resource};
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;

#[derive(Debug)]
struct Pool;

#[derive(Debug)]
struct Queue;

type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[ops::health_check]
fn nothing() {}

const INTERVAL: std::time::Duration = std::time::Duration::from_secs(10);
const THRESHOLD: u32 = 3;

#[ops::health_check(
    kinds("readiness", "startup"),
    interval = INTERVAL,
    failure_threshold = THRESHOLD,
    success_threshold = 2,
    initial = "healthy",
    grace = "1m",
    groups("storage", "core")
)]
fn every_option() {}

#[ops::health_check(initial = ops::Status::Degraded, interval = "5s")]
fn always_healthy() -> bool {
    true
}

#[ops::health_check]
async fn optional() -> Option<u8> {
    Some(1)
}

#[ops::health_check]
async fn alias_return_type(pool: Resource<Pool>, queue: Resource<Queue>, context: CheckContext) -> Checked {
    let _ = (pool, queue, context);
    Ok(())
}

#[ops::health_check]
fn by_reference(context: &CheckContext, pool: &Resource<Pool>) -> Outcome {
    let _ = (context.deadline(), pool);
    Outcome::healthy()
}

#[ops::health_check]
async fn by_reference_async<'a>(context: &'a CheckContext, _: &Resource<Queue>) -> Result<(), &'a str> {
    std::future::ready(context).await;
    Ok(())
}

#[ops::health_check]
fn patterns(_: Resource<Pool>, mut _queue: Resource<Queue>) -> Result<(), impl Display> {
    if false {
        return Err("never");
    }
    Ok(())
}

/// Combined with the other attributes.
#[ops::metric]
#[ops::health_check]
#[ops::instrument_span]
async fn counted(pool: Resource<Pool>) -> Result<(), std::fmt::Error> {
    drop(pool);
    Ok(())
}

/// A non-`async` function that returns a future.
#[ops::health_check]
fn returns_future(pool: Resource<Pool>) -> impl Future<Output = bool> + Send {
    std::future::ready(pool.check().is_ok())
}

/// A function that returns a boxed future.
#[ops::health_check]
fn boxed(context: CheckContext) -> Pin<Box<dyn Future<Output = Checked> + Send>> {
    Box::pin(async move {
        let _ = context;
        Ok(())
    })
}

mod inside {
    #[ops::health_check("inside.module")]
    pub(super) fn checked() {}

    #[ops::health_check("inside.another")]
    fn private_function() {}
}

#[ops::health_check]
impl Pool {
    /// An associated function with `Self` in its signature.
    #[ops::health_check("pool")]
    async fn ping(pool: Resource<Self>) -> Result<(), std::fmt::Error> {
        std::future::ready(pool).await.check()
    }

    #[ops::health_check]
    fn room() -> bool {
        true
    }

    fn check(&self) -> Result<(), std::fmt::Error> {
        let _ = self;
        Ok(())
    }
}

#[ops::metric]
#[ops::health_check]
impl Queue {
    #[ops::health_check("queue")]
    fn depth(queue: &Resource<Self>) -> bool {
        queue.is_empty()
    }

    #[ops::metric(skip)]
    const fn is_empty(&self) -> bool {
        true
    }
}

fn main() {
    #[ops::health_check("in_a_body")]
    fn local() {}

    local();
    nothing();
    inside::checked();
    assert!(always_healthy() && Pool::room());
}
