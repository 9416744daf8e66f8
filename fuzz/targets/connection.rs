//! Fuzzes a connection of an unauthenticated client with arbitrary bytes.
//!
//! The server must respond or close the connection, disclose no protected data, and not change its state.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ops::__fuzz::Server;
use ops::rbac::{Cost, Policy};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

/// Value that is disclosed only to principals with the permission `admin:read`.
const PROTECTED: &str = "protected-value";

thread_local! {
    static SERVER: (Runtime, Server) = {
        let runtime = Builder::new_current_thread().enable_all().build().expect("cannot start a runtime");
        let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
        policy.add_user("alice", &["owner"]);
        let token = policy.issue_token("alice", None).expect("cannot issue a token");
        let server = runtime.block_on(async { Server::new(policy, PROTECTED) });
        // Sanity check: an authorized request discloses the value.
        let request = format!("GET /info HTTP/1.0\r\nAuthorization: Bearer {}\r\n\r\n", token.reveal());
        let response = runtime.block_on(exchange(&server, request.as_bytes()));
        assert!(String::from_utf8_lossy(&response).contains(PROTECTED));
        (runtime, server)
    };
}

fuzz_target!(|bytes: &[u8]| {
    SERVER.with(|(runtime, server)| {
        let response = runtime.block_on(exchange(server, bytes));
        let text = String::from_utf8_lossy(&response);
        assert!(text.is_empty() || text.starts_with("HTTP/1."), "{text}");
        assert!(!text.contains(PROTECTED), "{text}");
        assert!(!server.is_draining());
    });
});

/// Sends `bytes` and returns the response.
async fn exchange(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let (client, serving) = server.connect();
    let (mut from, mut to) = tokio::io::split(client);
    let mut response = Vec::new();
    let sent = async {
        // The server may close the connection before it has read everything.
        let _ = to.write_all(bytes).await;
        let _ = to.shutdown().await;
    };
    let closed =
        tokio::time::timeout(Duration::from_secs(5), async { tokio::join!(sent, from.read_to_end(&mut response)) });
    assert!(closed.await.is_ok(), "no response and no close within 5 s");
    serving.await.expect("the server panicked");
    response
}
