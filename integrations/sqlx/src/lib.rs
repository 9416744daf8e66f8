//! Health checks of [`sqlx`] connection pools for [`ops`].
//!
//! A check sends `SELECT 1` over a connection of the pool. It works for every database that `sqlx` has a driver for;
//! your features of `sqlx` select the drivers, the runtime and TLS, and this crate enables none of them.
//!
//! ```
//! use ops::{Health, Status};
//! use sqlx::sqlite::SqlitePool;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), sqlx::Error> {
//! let pool = SqlitePool::connect("sqlite::memory:").await?;
//!
//! let health = Health::new(); // in a service: `ops::health()`
//! health.register("db", ops_sqlx::health_check(pool));
//!
//! assert_eq!(health.check().await.checks["db"].status, Status::Healthy);
//! # Ok(())
//! # }
//! ```
//!
//! # Versions
//! `Pool` is part of this crate's API, so each of its versions belongs to one version of `sqlx`: 0.1 to `sqlx` 0.9.

use ops::CheckContext;
use ops::error::ErrorChain;
use ops::health::{CheckFuture, Outcome};
use sqlx::{Database, Executor, Pool};

/// Returns a check that sends `SELECT 1` over a connection of `pool`.
///
/// The outcome is healthy once the database answers. It is unhealthy with the error of `sqlx` if no connection can be
/// acquired or the query fails.
///
/// The check waits for a free connection as the service does, so an exhausted pool fails the check: at the latest after
/// the pool's `acquire_timeout` or the timeout of the check, whichever is shorter. To probe the database whatever the
/// load of the service, give the check a pool of its own with `max_connections(1)`.
///
/// SQLite answers `SELECT 1` without reading the database file; the check fails if the file cannot be opened.
///
/// # Examples
/// ```
/// use sqlx::postgres::PgPoolOptions;
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sqlx::Error> {
/// let pool = PgPoolOptions::new()
///     .acquire_timeout(Duration::from_millis(100))
///     .connect_lazy("postgres://localhost:1/orders")?; // nothing listens on this port
///
/// let health = ops::Health::new();
/// health.register("db", ops_sqlx::health_check(pool));
///
/// let report = health.check().await;
/// assert_eq!(report.checks["db"].status, ops::Status::Unhealthy);
/// assert!(report.checks["db"].error.is_some());
/// # Ok(())
/// # }
/// ```
pub fn health_check<DB>(pool: Pool<DB>) -> impl Fn(CheckContext) -> CheckFuture + Send + Sync + 'static
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    move |_context| {
        let pool = pool.clone();
        Box::pin(async move {
            match pool.execute(sqlx::raw_sql("SELECT 1")).await {
                Ok(_) => Outcome::healthy(),
                Err(error) => Outcome::unhealthy(ErrorChain(&error)),
            }
        })
    }
}
