//! Health checks of Redis servers for [`ops`], based on the client of the crate [`redis`].
//!
//! ```
//! use ops::{Health, Status};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), redis::RedisError> {
//! let client = redis::Client::open("redis://localhost:1")?; // nothing listens on this port
//!
//! let health = Health::new(); // in a service: `ops::health()`
//! health.register("cache", ops_redis::health_check(client));
//!
//! let report = health.check().await;
//! assert_eq!(report.checks["cache"].status, Status::Unhealthy);
//! assert!(report.checks["cache"].error.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! # Versions
//! [`Client`] is part of this crate's API, so each version of it depends on one major version of `redis`:
//! 0.1 on `redis` 1. This crate enables only the feature `tokio-comp` of `redis`; the application selects others, such as TLS.

use ops::CheckContext;
use ops::error::ErrorChain;
use ops::health::{CheckFuture, Outcome};
use redis::{Client, RedisError};

/// Returns a check that sends `PING` to Redis.
///
/// Each run opens and closes a connection, so the check is independent of the service's connections and detects a server
/// that no longer accepts new ones. The check is unhealthy with the error of `redis` if the connection, the authentication
/// or the command fails.
///
/// # Examples
/// ```
/// let client = redis::Client::open("redis://localhost")?;
/// ops::health().register("cache", ops_redis::health_check(client));
/// # Ok::<(), redis::RedisError>(())
/// ```
pub fn health_check(client: Client) -> impl Fn(CheckContext) -> CheckFuture + Send + Sync + 'static {
    move |_context| {
        let client = client.clone();
        Box::pin(async move {
            match ping(&client).await {
                Ok(()) => Outcome::healthy(),
                Err(error) => Outcome::unhealthy(ErrorChain(&error)),
            }
        })
    }
}

async fn ping(client: &Client) -> Result<(), RedisError> {
    let mut connection = client.get_multiplexed_async_connection().await?;
    redis::cmd("PING").query_async(&mut connection).await
}
