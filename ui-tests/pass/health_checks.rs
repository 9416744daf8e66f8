//! Everything that can be a health check.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![allow(
    clippy::missing_const_for_fn,
    clippy::redundant_pub_crate,
    reason = "they are about what is written here, not about what is made of it"
)]
#![allow(
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "they check nothing"
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
fn all_there_is_to_say() {}

#[ops::health_check(initial = ops::Status::Degraded, interval = "5s")]
fn fine() -> bool {
    true
}

#[ops::health_check]
async fn maybe() -> Option<u8> {
    Some(1)
}

#[ops::health_check]
async fn through_an_alias(pool: Resource<Pool>, queue: Resource<Queue>, context: CheckContext) -> Checked {
    let _ = (pool, queue, context);
    Ok(())
}

#[ops::health_check]
fn by_reference(context: &CheckContext, pool: &Resource<Pool>) -> Outcome {
    let _ = (context.deadline(), pool);
    Outcome::healthy()
}

#[ops::health_check]
async fn by_reference_in_time<'a>(context: &'a CheckContext, _: &Resource<Queue>) -> Result<(), &'a str> {
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

/// Counted as well, whichever stands first.
#[ops::metric]
#[ops::health_check]
#[ops::instrument_span]
async fn counted(pool: Resource<Pool>) -> Result<(), std::fmt::Error> {
    drop(pool);
    Ok(())
}

/// Is not `async`, and returns a future.
#[ops::health_check]
fn in_its_time(pool: Resource<Pool>) -> impl Future<Output = bool> + Send {
    std::future::ready(pool.check().is_ok())
}

/// The same in a box.
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
    fn unseen() {}
}

#[ops::health_check]
impl Pool {
    /// An associated function.
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
    assert!(fine() && Pool::room());
}
