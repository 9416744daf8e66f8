//! The server as a process meets it: addresses, the end, and clients that do not behave.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use ops::{Api, Error, Health, Limits, Metrics, Running};
use ops_tests::{exchange, get, parse};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn api() -> ops::ApiBuilder {
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new()))
}

async fn start(builder: ops::ApiBuilder) -> Running {
    builder.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn()
}

// ---- start ----------------------------------------------------------------------------------------

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_the_address() {
    let running = start(api()).await;
    let address = running.local_addr();
    let error = api().build().unwrap().bind(address).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot listen on {address}: another process listens there: end it, or use another port")
    );
    assert!(matches!(error, Error::Bind { .. }));
}

#[tokio::test]
async fn what_is_no_address_is_an_error_that_says_what_to_write() {
    for (address, sentence) in [
        ("nonsense", "cannot listen on `nonsense`: it has no port: write `host:port`, as in `127.0.0.1:9464`"),
        ("127.0.0.1:70000", "cannot listen on `127.0.0.1:70000`: `70000` is not a port: use 0 to 65535"),
    ] {
        assert_eq!(api().build().unwrap().bind(address).await.unwrap_err().to_string(), sentence);
    }
    let elsewhere = api().build().unwrap().bind("192.0.2.1:0").await.unwrap_err();
    assert_eq!(
        elsewhere.to_string(),
        "cannot listen on 192.0.2.1:0: no interface of this machine has that address: use 127.0.0.1, or 0.0.0.0 for all \
         of them"
    );
}

#[tokio::test]
async fn passwords_in_plain_text_off_this_machine_must_be_allowed() {
    let policy = || ops::rbac::Policy::with_cost(ops::rbac::Cost::fastest_for_tests());
    let refused = api().policy(policy()).build().unwrap().bind("0.0.0.0:0").await.unwrap_err();
    assert!(matches!(refused, Error::PlaintextCredentials { .. }));
    let allowed = api().policy(policy()).allow_plaintext_credentials().build().unwrap();
    assert!(allowed.bind("0.0.0.0:0").await.is_ok());
    assert!(api().policy(policy()).build().unwrap().bind("127.0.0.1:0").await.is_ok());
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let health = Health::new();
    health.register("db", |_context| async {});
    let builder = api().health(Arc::new(health)).expect_checks(["db", "queue", "cache"]).info("limits", "none");
    assert_eq!(
        builder.build().unwrap_err().to_string(),
        "the health check `cache` is expected and not there: there are `db`; name the crate that declares it with \
         `ops::link!(..)`\n\
         the health check `queue` is expected and not there: there are `db`; name the crate that declares it with \
         `ops::link!(..)`\n\
         `limits` is a section of `/info`: give the fact another name"
    );
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let bind = api().build().unwrap().bind("127.0.0.1:0");
    let mut bind = std::pin::pin!(bind);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(result) = bind.as_mut().poll(&mut context) else { panic!("it does not wait") };
    assert!(matches!(result, Err(Error::NoRuntime)));
}

// ---- end ------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_shutdown_gives_the_address_back() {
    let running = start(api()).await;
    let address = running.local_addr();
    assert_eq!(get(address, "/livez", &[]).await.status, 200);
    running.shutdown().await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    let again = api().build().unwrap().bind(address).await.unwrap().spawn();
    assert_eq!(get(address, "/livez", &[]).await.status, 200);
    again.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_server_goes_on_when_nobody_holds_it() {
    let running = start(api()).await;
    let address = running.local_addr();
    drop(running);
    assert_eq!(get(address, "/livez", &[]).await.status, 200);
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

#[tokio::test]
async fn a_shutdown_waits_for_what_is_in_flight_and_not_for_what_is_idle() {
    let health = Health::new();
    let (asked, mut was_asked) = tokio::sync::mpsc::channel(1);
    let (release, released) = tokio::sync::watch::channel(false);
    health.register("slow", move |_context| {
        let (asked, mut released) = (asked.clone(), released.clone());
        async move {
            let _ = asked.send(()).await;
            released.wait_for(|released| *released).await.is_ok()
        }
    });
    let running = start(api().health(Arc::new(health))).await;
    let address = running.local_addr();
    let silent = TcpStream::connect(address).await.unwrap();
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut bytes = [0; 4096];
    assert!(idle.read(&mut bytes).await.unwrap() > 0);

    let in_flight = tokio::spawn(async move { get(address, "/readyz", &[]).await });
    was_asked.recv().await.unwrap();
    let shutdown = tokio::spawn(running.shutdown());
    assert_eq!(idle.read(&mut bytes).await.unwrap(), 0, "the idle connection is closed at once");
    release.send_replace(true);
    assert_eq!(in_flight.await.unwrap().status, 200);
    shutdown.await.unwrap().unwrap();
    drop(silent);
}

// ---- clients ----------------------------------------------------------------------------------------

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let running = start(api()).await;
    let one = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let last = "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answers = exchange(running.local_addr(), &format!("{one}{one}{last}")).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
}

#[tokio::test]
async fn silent_and_slow_clients_are_cut_off() {
    let mut limits = Limits::default();
    limits.request_head_timeout = Duration::from_millis(50);
    let running = start(api().limits(limits)).await;
    for sent in ["", "GET /livez HTTP/1.1\r\nHost: local"] {
        let answer = exchange(running.local_addr(), sent).await;
        assert!(!answer.contains(" 200 "), "{sent:?}: {answer:?}");
    }
}

#[tokio::test]
async fn heads_that_are_too_large_are_refused() {
    let running = start(api()).await;
    let address = running.local_addr();
    let many = "X: y\r\n".repeat(65);
    let long = format!("X: {}\r\n", "y".repeat(33_000));
    for headers in [many, long] {
        let answer = exchange(address, &format!("GET /livez HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")).await;
        assert_eq!(parse(&answer).status, 431, "{answer:?}");
    }
    assert_eq!(get(address, "/livez", &[]).await.status, 200);
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_a_place() {
    let mut limits = Limits::default();
    limits.connections = 1;
    let running = start(api().limits(limits)).await;
    let address = running.local_addr();
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut bytes = [0; 4096];
    assert!(first.read(&mut bytes).await.unwrap() > 0, "the only place is taken");
    let second = tokio::spawn(async move { get(address, "/livez", &[]).await });
    tokio::task::yield_now().await;
    assert!(!second.is_finished());
    drop(first);
    assert_eq!(second.await.unwrap().status, 200);
}

#[tokio::test]
async fn a_stalled_application_does_not_stall_its_liveness() {
    // The test's runtime has one thread, and this keeps it busy: nothing of the application runs meanwhile.
    let running = start(api()).await;
    let address = running.local_addr();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    use std::io::{Read, Write};
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(parse(&answer).status, 200);
}
