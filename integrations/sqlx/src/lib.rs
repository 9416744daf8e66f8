//! Health checks of [`sqlx`] connection pools for [`ops`].
//!
//! A check sends `SELECT 1` over a connection of the pool. It works with every database driver of `sqlx`. This crate
//! enables no features of `sqlx`; the application selects drivers, runtime and TLS.
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
//! `Pool` is part of this crate's API, so each version of it depends on one version of `sqlx`: 0.1 on `sqlx` 0.9.

use ops::CheckContext;
use ops::error::ErrorChain;
use ops::health::{CheckFuture, Outcome};
use sqlx::{Database, Executor, Pool};

/// Returns a check that sends `SELECT 1` over a connection of `pool`.
///
/// The check is healthy if the database responds, and unhealthy with the error of `sqlx` if no connection can be
/// acquired or the query fails.
///
/// The check waits for a free connection, as the service does. With an exhausted pool, it therefore fails after the shorter
/// of the pool's `acquire_timeout` and the timeout of the check. To check the database independently of the load of the
/// service, give the check a separate pool with `max_connections(1)`.
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
