//! Information disclosure to unauthenticated clients, and log injection.
//!
//! A separate test binary, as it installs a global log subscriber.

use ops::rbac::{Cost, Policy};
use ops::{Api, Health, Metrics};
use ops_tests::log::{LogBuffer, NullSink};
use ops_tests::{basic, exchange, get};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Mutex;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

/// Serializes the tests, as one of them counts all log events of the process.
static SERIAL: Mutex<()> = Mutex::const_new(());

async fn server() -> SocketAddr {
    let health = Health::new();
    health.register("db", |_context| async { Err::<(), _>("no route to db.internal:5432 as svc-orders".to_owned()) });
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    policy.add_user("alice", &["viewer"]);
    let api = Api::builder().health(Arc::new(health)).metrics(Arc::new(Metrics::new())).policy(policy);
    let api = api.info("region", "fact-of-the-service").audit_sink(NullSink).build().unwrap();
    api.bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap()
}

#[tokio::test]
async fn unauthenticated_responses_disclose_no_internals() {
    let _serial = SERIAL.lock().await;
    let server = server().await;
    let hostname = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let folder = std::env::current_dir().unwrap().display().to_string();
    let secrets = [
        env!("CARGO_PKG_VERSION"),
        hostname.trim(),
        &folder,
        "/src/",
        ".rs:",
        "hyper",
        "axum",
        "rustc",
        "tokio",
        "db.internal",
        "svc-orders",
        "fact-of-the-service",
        "alice",
        "viewer",
    ];
    let alice = basic("alice:wrong");
    let mut responses = Vec::new();
    for path in [
        "/",
        "/livez",
        "/healthz",
        "/readyz",
        "/readyz?verbose",
        "/readyz?exclude=db",
        "/readyz/db",
        "/startupz",
        "/metrics",
        "/info",
        "/admin",
        "/admin/catalog",
        "/admin/health",
        "/admin/audit",
        "/admin/whoami",
        "/nothing",
        "/readyz?%ff",
    ] {
        for headers in [&[][..], &[alice.as_str()], &["Accept: text/plain"]] {
            let response = get(server, path, headers).await;
            responses.push(format!("{path}: {response:?}"));
        }
    }
    for bytes in
        ["nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "PUT /livez HTTP/1.0\r\n\r\n", "GET /info HTTP/1.0\r\n\r\n"]
    {
        responses.push(format!("{bytes}: {}", exchange(server, bytes).await));
    }
    for (text, secret) in responses.iter().flat_map(|text| secrets.iter().map(move |secret| (text, secret))) {
        assert!(!text.contains(secret), "{secret:?} is in {text}");
    }
}

/// A layer that counts log events.
struct Counter(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Counter {
    fn on_event(&self, _event: &Event<'_>, _context: Context<'_, S>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn requests_cannot_inject_log_lines_or_escape_sequences() {
    let _serial = SERIAL.lock().await;
    let (log, events) = (LogBuffer::default(), Arc::new(AtomicUsize::new(0)));
    let writer = log.clone();
    let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_ansi(false);
    let subscriber = tracing_subscriber::registry().with(lines).with(Counter(events.clone()));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let server = server().await;
    let hostile = [
        "\r\n ERROR forged",
        "\n{\"forged\":1}",
        "\u{1b}[31mred",
        "\u{1b}]0;title\u{7}",
        "\u{202e}desrever",
        "\u{2028}line",
        "\u{85}next",
        "\0",
        "%0d%0aforged",
        "%1b[31m",
    ];
    for turn in 0..1_000 {
        let text = hostile[turn % hostile.len()];
        let bytes = match turn / hostile.len() % 6 {
            0 => format!("GET /{text} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
            1 => format!("GET /readyz?exclude={text} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
            2 => format!("GET /info HTTP/1.1\r\nHost: {text}\r\nConnection: close\r\n\r\n"),
            3 => format!(
                "GET /info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}\r\n\r\n",
                basic(&format!("{text}:x"))
            ),
            4 => format!(
                "GET /info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Request-Id: {text}\r\ntraceparent: {text}\r\n\r\n"
            ),
            _ => format!("{text} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        };
        exchange(server, &bytes).await;
    }
    tracing::warn!(text = hostile[0], "logged by the application");
    let text = log.text();
    assert_eq!(text.lines().count(), events.load(Ordering::Relaxed), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.contains("logged by the application"), "the subscriber is installed");
}
