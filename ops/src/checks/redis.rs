//! Whether Redis answers.

use crate::health::{CheckContext, CheckFuture, Outcome};
use redis::{Client, RedisError};

/// Sends a PING to Redis, over a connection of its own that is closed again.
///
/// ```
/// let client = redis::Client::open("redis://localhost")?;
/// ops::health().register("cache", ops::checks::redis(client));
/// # Ok::<(), redis::RedisError>(())
/// ```
pub fn redis(client: Client) -> impl Fn(CheckContext) -> CheckFuture + Send + Sync + 'static {
    move |_context| {
        let client = client.clone();
        Box::pin(async move {
            match ping(&client).await {
                Ok(()) => Outcome::healthy(),
                Err(error) => Outcome::unhealthy(error),
            }
        })
    }
}

async fn ping(client: &Client) -> Result<(), RedisError> {
    let mut connection = client.get_multiplexed_async_connection().await?;
    redis::cmd("PING").query_async(&mut connection).await
}
