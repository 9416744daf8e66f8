//! Throughput of `/info` with a cached login, compared with a probe.

use ops::rbac::Policy;
use ops::{Api, Health, Metrics};
use ops_tests::{basic, get};
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

/// Measures the requests per second with `wrk`, and asserts that all of them succeed.
fn wrk(server: SocketAddr, path: &str, header: &str) -> f64 {
    let url = format!("http://{server}{path}");
    let output = Command::new("wrk").args(["-t1", "-c32", "-d3s", "-H", header, &url]).output().expect("wrk");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{text}");
    let rate =
        text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:")).unwrap_or_else(|| panic!("{text}"));
    rate.trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs wrk and an idle machine: `cargo test --release -p ops-tests --test api -- --ignored known_login`"]
async fn info_with_a_cached_login_reaches_60_percent_of_the_probe_throughput() {
    let policy = Policy::new().with_standard_roles();
    policy.add_user("alice", &["viewer"]);
    policy.set_password("alice", "s3cr3t").unwrap();
    let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).policy(policy);
    let server = api.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap();
    let alice = basic("alice:s3cr3t");
    assert_eq!(get(server, "/info", &[&alice]).await.status, 200, "caches the login");
    // The median of three measurements, to reduce noise.
    let mut ratios: Vec<f64> = Vec::new();
    for _ in 0..3 {
        let (probe, info) = (wrk(server, "/healthz", "Accept: */*"), wrk(server, "/info", &alice));
        println!("/healthz {probe:.0}/s, /info {info:.0}/s");
        ratios.push(info / probe);
    }
    ratios.sort_by(f64::total_cmp);
    assert!(ratios[1] >= 0.6, "{ratios:?}");
}
