//! The ready-made checks against real dependencies: readiness follows their status.

use ops::descriptor::CheckDescriptor;
use ops::{Api, Health, Metrics, Status, checks};
use ops_tests::readiness::{readiness, serve};
use ops_tests::real::{temporary, write_certificate};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn readiness_follows_a_port_and_a_web_server() {
    // A server of this library serves as the checked web server.
    let upstream_health = Arc::new(Health::new());
    let upstream = Api::builder().health(upstream_health.clone()).metrics(Arc::new(Metrics::new())).build().unwrap();
    let upstream = upstream.bind("127.0.0.1:0").await.unwrap().spawn();
    let address = upstream.local_addr().unwrap();
    let health = Arc::new(Health::new());
    health.register("port", checks::tcp(("localhost", address.port())).unwrap());
    health.register("web", checks::http(&format!("http://{address}/readyz?verbose")).unwrap());
    let server = serve(health.clone()).await;
    assert_eq!(readiness(server, 200).await, "[+]port ok\n[+]web ok\nhealthy\n");
    assert_eq!(health.check().await.checks["web"].details["status"].to_string(), "200");

    upstream_health.drain();
    assert_eq!(readiness(server, 503).await, "[+]port ok\n[-]web failed: unexpected status 503\nunhealthy\n");
    upstream.shutdown().await.unwrap();
    let down = health.check().await;
    assert_eq!((down.checks["port"].status, down.checks["web"].status), (Status::Unhealthy, Status::Unhealthy));
    assert!(down.checks["port"].error.as_ref().unwrap().contains("refused"), "{down:?}");
}

#[tokio::test]
async fn readiness_follows_free_disk_space() {
    let health = Arc::new(Health::new());
    health.register_blocking(CheckDescriptor::new("disk"), checks::disk(temporary(), 1)).unwrap();
    let server = serve(health.clone()).await;
    assert_eq!(readiness(server, 200).await, "[+]disk ok\nhealthy\n");
    let unsatisfiable = checks::disk(temporary(), u64::MAX);
    health.register_blocking(CheckDescriptor::new("disk"), unsatisfiable).unwrap();
    let text = readiness(server, 503).await;
    assert!(text.starts_with("[-]disk failed: disk space too low: "), "{text}");
    assert!(text.ends_with(" bytes available, 18446744073709551615 required\nunhealthy\n"), "{text}");
    let nowhere = checks::disk("/nowhere", 1);
    health.register_blocking(CheckDescriptor::new("disk"), nowhere).unwrap();
    let text = readiness(server, 503).await;
    assert!(
        text.starts_with("[-]disk failed: cannot read file system statistics of `/nowhere`: No such file"),
        "{text}"
    );
}

#[tokio::test]
async fn readiness_follows_a_certificate() {
    let folder: PathBuf = temporary().join(format!("certificate-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("service.pem");
    let health = Arc::new(Health::new());
    health.register_blocking(CheckDescriptor::new("tls"), checks::certificate(&path, 30 * DAY)).unwrap();
    let server = serve(health.clone()).await;
    assert!(readiness(server, 503).await.contains("service.pem`: No such file"));
    write_certificate(&path, 90).await;
    assert_eq!(readiness(server, 200).await, "[+]tls ok\nhealthy\n");
    let left = &health.check().await.checks["tls"].details["expires_in_seconds"];
    let left: u64 = left.to_string().parse().unwrap();
    assert!((89 * DAY.as_secs()..=90 * DAY.as_secs()).contains(&left), "{left}");
    write_certificate(&path, 10).await;
    let report = health.check().await;
    assert_eq!(report.status, Status::Degraded);
    assert!(report.checks["tls"].error.as_ref().unwrap().starts_with("expires at 20"), "{report:?}");
    std::fs::write(&path, include_str!("../../fixtures/expired.pem")).unwrap();
    assert_eq!(readiness(server, 503).await, "[-]tls failed: expired at 2020-01-02T00:00:00Z\nunhealthy\n");
    std::fs::write(&path, "no certificate").unwrap();
    let text = health.check().await.to_text();
    assert!(text.contains("[-]tls failed: cannot read certificate file "), "{text}");
    std::fs::remove_dir_all(&folder).unwrap();
}
