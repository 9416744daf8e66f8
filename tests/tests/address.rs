//! The address of a server is free once it has ended. Alone in its process, as a process that another test starts has what is
//! open, for a moment, too.

use ops::{Api, Health, Metrics};
use ops_tests::get;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

fn api() -> ops::ApiBuilder {
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new()))
}

#[tokio::test]
async fn a_shutdown_gives_the_address_back() {
    let running = api().build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn();
    let address = running.local_addr();
    assert_eq!(get(address, "/livez", &[]).await.status, 200);
    running.shutdown().await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    let again = api().build().unwrap().bind(address).await.unwrap().spawn();
    assert_eq!(get(address, "/livez", &[]).await.status, 200);
    again.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_server_that_was_never_spawned_gives_its_address_back() {
    let server = api().build().unwrap().bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr();
    let mut waiting = TcpStream::connect(address).await.unwrap();
    drop(server);
    let mut byte = [0];
    assert!(!matches!(waiting.read(&mut byte).await, Ok(1..)), "the connection ends without an answer");
}
