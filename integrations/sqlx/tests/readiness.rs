//! The connection pool check against real databases: PostgreSQL, MariaDB and SQLite.

use ops::{Health, Status};
use ops_tests::readiness::{readiness, serve};
use ops_tests::real::{Postgres, RealServer, free_address, temporary};
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::mysql::MySqlPoolOptions;
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

#[tokio::test]
async fn readiness_follows_mariadb() {
    let address = free_address();
    let options = MySqlPoolOptions::new().acquire_timeout(Duration::from_secs(1));
    let pool = options.connect_lazy(&format!("mysql://root@{address}")).unwrap();
    let health = Arc::new(Health::new());
    health.register("db", ops_sqlx::health_check(pool));
    let server = serve(health).await;
    readiness(server, 503).await;
    let mariadb = RealServer::mariadb(address).await;
    assert_eq!(readiness(server, 200).await, "[+]db ok\nhealthy\n");
    drop(mariadb);
    assert!(readiness(server, 503).await.starts_with("[-]db failed: "));
}

#[tokio::test]
async fn readiness_follows_a_sqlite_file() {
    let path = temporary().join(format!("ops-sqlx-{}.db", std::process::id()));
    std::fs::create_dir_all(temporary()).unwrap();
    let pool = SqlitePoolOptions::new().connect_lazy_with(SqliteConnectOptions::new().filename(&path));
    let health = Arc::new(Health::new());
    health.register("db", ops_sqlx::health_check(pool.clone()));
    let server = serve(health).await;
    assert!(readiness(server, 503).await.contains("unable to open database file"));
    std::fs::write(&path, "").unwrap();
    assert_eq!(readiness(server, 200).await, "[+]db ok\nhealthy\n");
    pool.close().await;
    assert!(readiness(server, 503).await.contains("closed pool"));
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn fails_while_the_pool_is_exhausted() {
    let options = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(100));
    let pool = options.connect("sqlite::memory:").await.unwrap();
    let health = Health::new();
    health.register("db", ops_sqlx::health_check(pool.clone()));
    let connection = pool.acquire().await.unwrap();
    let report = health.check().await;
    let error = report.checks["db"].error.as_deref().unwrap();
    assert!(error.starts_with("pool timed out"), "{error}");
    drop(connection);
    assert_eq!(health.check().await.checks["db"].status, Status::Healthy);
}

#[tokio::test]
async fn accepts_a_pool_of_any_driver() {
    install_default_drivers();
    let pool = AnyPoolOptions::new().connect("sqlite::memory:").await.unwrap();
    let health = Health::new();
    health.register("db", ops_sqlx::health_check(pool));
    assert_eq!(health.check().await.checks["db"].status, Status::Healthy);
}
