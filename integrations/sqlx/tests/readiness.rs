//! The check against real databases: PostgreSQL, which starts and stops, and SQLite.

use ops::{Health, Status};
use ops_tests::readiness::{readiness, serve};
use ops_tests::real::Postgres;
use sqlx::Pool;
use sqlx::any::AnyPoolOptions;
use sqlx::mysql::{MySql, MySqlPoolOptions};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn readiness_follows_postgresql() {
    let postgres = Postgres::new().await;
    let options = PgPoolOptions::new().acquire_timeout(Duration::from_secs(1));
    let pool = options.connect_lazy(&postgres.url()).unwrap();
    let health = Arc::new(Health::new());
    health.register("db", ops_sqlx::health_check(pool));
    let server = serve(health).await;
    readiness(server, 503).await;
    for _ in 0..2 {
        postgres.start().await;
        assert_eq!(readiness(server, 200).await, "[+]db ok\nhealthy\n");
        postgres.stop().await;
        assert!(readiness(server, 503).await.starts_with("[-]db failed: "));
    }
}
