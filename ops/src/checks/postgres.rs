//! Whether PostgreSQL answers.

use crate::health::{CheckContext, CheckFuture, Outcome};
use sqlx::PgPool;

/// Asks PostgreSQL for a row, over a connection of `pool`: where all are in use, it waits for one, as the service does.
///
/// ```
/// # async fn example() -> Result<(), sqlx::Error> {
/// let pool = sqlx::PgPool::connect_lazy("postgres://localhost/orders")?;
/// ops::health().register("db", ops::checks::postgres(pool));
/// # Ok(())
/// # }
/// ```
pub fn postgres(pool: PgPool) -> impl Fn(CheckContext) -> CheckFuture + Send + Sync + 'static {
    move |_context| {
        let pool = pool.clone();
        Box::pin(async move {
            match sqlx::query("SELECT 1").execute(&pool).await {
                Ok(_result) => Outcome::healthy(),
                Err(error) => Outcome::unhealthy(error),
            }
        })
    }
}
