//! Polls the readiness of a server as an orchestrator does.

use crate::get;
use ops::{Api, Health, Metrics};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{interval, timeout};

/// Serves `health` on a free port until the process exits.
///
/// # Panics
/// Panics if no port is free.
pub async fn serve(health: Arc<Health>) -> SocketAddr {
    let builder = Api::builder().health(health).metrics(Arc::new(Metrics::new()));
    let server = builder
        .build()
        .expect("the configuration must be valid")
        .bind("127.0.0.1:0")
        .await
        .expect("a port must be free");
    server.spawn().local_addr().unwrap()
}

/// Polls `/readyz?verbose` of `server` until the response has this status, and returns its body.
///
/// # Panics
/// Panics if the status is not reached within 60 s.
pub async fn readiness(server: SocketAddr, status: u16) -> String {
    let mut last = String::new();
    let poll = async {
        let mut tick = interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            let response = get(server, "/readyz?verbose", &[]).await;
            last = response.body;
            if response.status == status {
                return;
            }
        }
    };
    let reached = timeout(Duration::from_secs(60), poll).await;
    assert!(reached.is_ok(), "`/readyz` did not respond with {status} in time; last body: {last}");
    last
}
