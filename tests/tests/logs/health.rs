//! Log events of health checks.

use ops::Health;
use ops::descriptor::CheckDescriptor;
use ops_tests::log::LogBuffer;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[tokio::test]
async fn each_status_change_is_logged_once() {
    let log = LogBuffer::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(move || writer.clone());
    let _logged = tracing::subscriber::set_default(subscriber.finish());

    let health = Arc::new(Health::new());
    let runs = AtomicU32::new(0);
    let run = move |_context| {
        let is_up = matches!(runs.fetch_add(1, Ordering::SeqCst), 0 | 3);
        async move { if is_up { Ok(()) } else { Err("down") } }
    };
    health.register_check(CheckDescriptor::new("db"), run).unwrap();
    for _ in 0..4 {
        health.check().await;
    }
    let expected = "\
\x20INFO ops::health::change: health status changed check=\"db\" from=\"unknown\" to=\"healthy\"
 WARN ops::health::change: health status changed check=\"db\" from=\"healthy\" to=\"unhealthy\" reason=\"down\"
 INFO ops::health::change: health status changed check=\"db\" from=\"unhealthy\" to=\"healthy\"
";
    assert_eq!(log.wait_for_lines(3), expected);
}
