//! Bytes that a stranger sends over a connection: there is an answer or an end, and nothing that only others may see or do.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ops::__fuzz::Server;
use ops::rbac::{Cost, Policy};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

/// Told to holders of `admin:read` alone.
const FACT: &str = "for-their-eyes-only";

thread_local! {
    static SERVER: (Runtime, Server) = {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
        policy.add_user("alice", &["owner"]);
        let token = policy.issue_token("alice", None).expect("randomness");
        let server = runtime.block_on(async { Server::new(policy, FACT) });
        // What is looked for can be seen.
        let request = format!("GET /info HTTP/1.0\r\nAuthorization: Bearer {}\r\n\r\n", token.reveal());
        let answer = runtime.block_on(exchange(&server, request.as_bytes()));
        assert!(String::from_utf8_lossy(&answer).contains(FACT));
        (runtime, server)
    };
}

fuzz_target!(|bytes: &[u8]| {
    SERVER.with(|(runtime, server)| {
        let answer = runtime.block_on(exchange(server, bytes));
        let text = String::from_utf8_lossy(&answer);
        assert!(text.is_empty() || text.starts_with("HTTP/1."), "{text}");
        assert!(!text.contains(FACT), "{text}");
        assert!(!server.is_draining());
    });
});

/// What is answered to `bytes`.
async fn exchange(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let (client, serving) = server.connect();
    let (mut from, mut to) = tokio::io::split(client);
    let mut answer = Vec::new();
    let sent = async {
        // A server that has heard enough does not read the rest.
        let _ = to.write_all(bytes).await;
        let _ = to.shutdown().await;
    };
    let ended =
        tokio::time::timeout(Duration::from_secs(5), async { tokio::join!(sent, from.read_to_end(&mut answer)) });
    assert!(ended.await.is_ok(), "it neither answers nor ends");
    serving.await.expect("no panic");
    answer
}
