//! The Redis check against a real server that is started and stopped.

use ops::Health;
use ops_tests::readiness::{readiness, serve};
use ops_tests::real::{RealServer, free_address};
use std::sync::Arc;

#[tokio::test]
async fn readiness_follows_redis() {
    let address = free_address();
    let client = redis::Client::open(format!("redis://{address}")).unwrap();
    let health = Arc::new(Health::new());
    health.register("cache", ops_redis::health_check(client));
    let server = serve(health).await;
    readiness(server, 503).await;
    for _ in 0..2 {
        let redis = RealServer::redis(address).await;
        assert_eq!(readiness(server, 200).await, "[+]cache ok\nhealthy\n");
        drop(redis);
        assert!(readiness(server, 503).await.starts_with("[-]cache failed: "));
    }
}
