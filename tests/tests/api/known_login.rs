//! What a login costs that is known: `/info` for it beside a probe, as fast as a server can be asked.

use ops::rbac::Policy;
use ops::{Api, Health, Metrics};
use ops_tests::{basic, get};
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

/// Requests a second, all of them answered well.
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
#[ignore = "wants wrk and a quiet machine: `cargo test --release -p ops-tests --test api -- --ignored known_login`"]
async fn info_for_a_known_login_is_answered_more_than_half_as_often_as_a_probe() {
    let policy = Policy::new().with_standard_roles();
    policy.add_user("alice", &["viewer"]);
    policy.set_password("alice", "s3cr3t").unwrap();
    let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).policy(policy);
    let server = api.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap();
    let alice = basic("alice:s3cr3t");
    assert_eq!(get(server, "/info", &[&alice]).await.status, 200, "alice is known");
    // The same three times, as a machine is never quiet for long.
    let mut ratios: Vec<f64> = Vec::new();
    for _ in 0..3 {
        let (probe, info) = (wrk(server, "/healthz", "Accept: */*"), wrk(server, "/info", &alice));
        println!("/healthz {probe:.0} a second, /info {info:.0}");
        ratios.push(info / probe);
    }
    ratios.sort_by(f64::total_cmp);
    assert!(ratios[1] >= 0.6, "{ratios:?}");
}
