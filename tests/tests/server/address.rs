//! The address of a server is released on shutdown, even while a child process is being spawned.

use ops::{Api, Health, Metrics};
use ops_tests::get;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn api() -> ops::ApiBuilder {
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new()))
}

#[tokio::test]
async fn shutdown_releases_the_address() {
    let running = api().build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn();
    let address = running.local_addr().unwrap();
    assert_eq!(get(address, "/livez", &[]).await.status, 200);
    running.shutdown().await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    let again = api().build().unwrap().bind(address).await.unwrap().spawn();
    assert_eq!(get(address, "/livez", &[]).await.status, 200);
    again.shutdown().await.unwrap();
}

#[tokio::test]
async fn dropping_an_unspawned_server_releases_the_address() {
    let server = api().build().unwrap().bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr();
    let mut waiting = TcpStream::connect(address).await.unwrap();
    drop(server);
    let mut byte = [0];
    assert!(!matches!(waiting.read(&mut byte).await, Ok(1..)), "the connection is closed without a response");
}

/// A child process that outlives the server must not inherit its port or connections.
#[cfg(unix)]
#[tokio::test]
async fn child_process_inherits_neither_port_nor_connections() {
    let running = api().build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn();
    let address = running.local_addr().unwrap();
    let mut open = TcpStream::connect(address).await.unwrap();
    open.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    open.read_exact(&mut [0; 12]).await.unwrap();
    let mut child = tokio::process::Command::new("sleep");
    child.arg("60").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let child = child.spawn().unwrap();

    running.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(1), open.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the connection is closed although the child still runs");
    let again = api().build().unwrap().bind(address).await.unwrap().spawn();
    assert_eq!(get(address, "/livez", &[]).await.status, 200);
    again.shutdown().await.unwrap();
    let files = std::fs::read_dir(format!("/proc/{}/fd", child.id().unwrap())).unwrap();
    let files: Vec<_> = files.map(|file| std::fs::read_link(file.unwrap().path()).unwrap()).collect();
    assert!(files.iter().all(|file| !file.to_string_lossy().starts_with("socket:")), "{files:?}");
}
