//! Mutations of a running service.

use crate::commands::opsctl;
use ops::rbac::{Cost, Policy, Token};
use ops::{Api, Health, Metrics, Outcome, Status};
use std::sync::Arc;

/// Starts a service with the check `db`; returns its URL, and the tokens of an operator and a viewer.
async fn service() -> (Arc<Health>, String, [Token; 2]) {
    let health = Arc::new(Health::new());
    health.register("db", |_context| async { Outcome::healthy() });
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    let tokens = ["operator", "viewer"].map(|role| {
        policy.add_user(role, &[role]);
        policy.issue_token(role, None).expect("a token")
    });
    let api = Api::builder().health(health.clone()).metrics(Arc::new(Metrics::new())).policy(policy);
    let server = api.build().expect("an api").bind("127.0.0.1:0").await.expect("an address").spawn();
    (health, format!("http://{}", server.local_addr().expect("a TCP address")), tokens)
}

#[tokio::test(flavor = "multi_thread")]
async fn drain_and_undrain_switch_readiness() {
    let (_health, url, [operator, viewer]) = service().await;
    let environment = [("OPS_URL", url.as_str()), ("OPS_TOKEN", operator.reveal())];
    let readiness = || opsctl(&["probe", &format!("{url}/readyz")], "", &[]).2;
    let drained = opsctl(&["drain"], "", &environment);
    assert_eq!(drained, (0, "{\"draining\":true}\n".to_owned(), String::new()));
    assert_eq!(readiness(), format!("opsctl: {url}/readyz returned 503\n"));
    let undrained = opsctl(&["undrain", "--url", &format!("{url}/")], "", &[("OPS_TOKEN", operator.reveal())]);
    assert_eq!(undrained, (0, "{\"draining\":false}\n".to_owned(), String::new()));
    assert_eq!(readiness(), "");
    let (code, output, error) = opsctl(&["drain", "--url", &url], "", &[("OPS_TOKEN", viewer.reveal())]);
    assert_eq!((code, output.as_str()), (1, ""));
    assert!(error.starts_with(&format!("opsctl: {url}/admin/drain returned 403: {{")), "{error}");
    assert_eq!(readiness(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn override_sets_and_clears_a_status() {
    let (health, url, [operator, _viewer]) = service().await;
    let environment = [("OPS_URL", url.as_str()), ("OPS_TOKEN", operator.reveal())];
    let status = async || health.check().await.checks["db"].status;
    let set = ["override", "db", "unhealthy", "--reason", "a \"drill\"", "--ttl", "10m"];
    let (code, output, error) = opsctl(&set, "", &environment);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(output.contains("unhealthy") && output.contains(r#"a \"drill\""#) && output.ends_with("}\n"), "{output}");
    assert_eq!(status().await, Status::Unhealthy);
    let (code, _, error) = opsctl(&["override", "db", "--clear"], "", &environment);
    assert_eq!((code, error.as_str()), (0, ""));
    assert_eq!(status().await, Status::Healthy);
    let (code, _, error) = opsctl(&["override", "gone", "--clear"], "", &environment);
    assert!(
        code == 1 && error.starts_with(&format!("opsctl: {url}/admin/health/gone/override returned 404: ")),
        "{error}"
    );
}

#[test]
fn incomplete_mutations_are_not_sent() {
    let environment = [("OPS_URL", "http://127.0.0.1:1")];
    for (arguments, code) in [
        (&["override", "db"][..], 2),
        (&["override", "db", "unhealthy"], 2),
        (&["override", "db", "unhealthy", "--reason", "x"], 2),
        (&["override", "db", "unhealthy", "--reason", "x", "--ttl", "soon"], 2),
        (&["override", "db", "unhealthy", "--reason", "x", "--ttl", "0s"], 2),
        (&["override", "db", "broken", "--reason", "x", "--ttl", "1m"], 2),
        (&["override", "db", "unhealthy", "--clear"], 2),
        (&["override", "../drain", "--clear"], 1),
    ] {
        let (found, _, error) = opsctl(arguments, "", &environment);
        assert_eq!(found, code, "{arguments:?}: {error}");
        assert!(!error.contains("cannot connect"), "{error}");
    }
    let (_, _, error) = opsctl(&["drain", "--url", "http://127.0.0.1:1/?x"], "", &[]);
    let reason = "it has a query or a fragment; write a base URL without them";
    assert_eq!(error, format!("opsctl: invalid URL `http://127.0.0.1:1/?x`: {reason}\n"));
}
