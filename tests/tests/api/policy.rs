//! End-to-end tests of policies: credentials, policy files, and startup errors.

use ops::rbac::{AuthorizationRequest, Authorizer, Cost, Decision, DecisionFuture, Policy, PolicyFile, Token};
use ops::{Api, ApiBuilder, Error, Health, Limits, Metrics};
use ops_tests::log::NullSink;
use ops_tests::program::ignored_test;
use ops_tests::{Response, basic, get};
use serde_json::json;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;

/// Returns the builder of an API without checks and metrics, not even linked ones.
fn empty() -> ApiBuilder {
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).audit_sink(NullSink)
}

async fn start(builder: ApiBuilder) -> SocketAddr {
    builder.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap()
}

fn policy() -> Policy {
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    policy.add_user("alice", &["viewer"]);
    policy.set_password("alice", "s3cr3t").unwrap();
    policy
}

fn bearer(token: &Token) -> String {
    format!("Authorization: Bearer {}", token.reveal())
}

async fn statuses(server: SocketAddr, path: &str, credentials: &[String]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for header in credentials {
        statuses.push(get(server, path, &[header]).await.status);
    }
    statuses
}

// ---- credentials ----------------------------------------------------------------------------------

#[tokio::test]
async fn tokens_are_accepted_in_the_authorization_header_only() {
    let policy = policy();
    let good = policy.issue_token("alice", None).unwrap();
    let expired = policy.issue_token("alice", Some(SystemTime::now())).unwrap();
    let unknown = Token::generate().unwrap();
    let server = start(empty().policy(policy)).await;
    let whoami = get(server, "/admin/whoami", &[&bearer(&good)]).await;
    assert_eq!(whoami.json()["user"], "alice");
    assert_eq!(statuses(server, "/info", &[bearer(&expired), bearer(&unknown)]).await, [401, 401]);
    let elsewhere = [
        format!("Cookie: token={}", good.reveal()),
        format!("X-Ops-Token: {}", good.reveal()),
        format!("Proxy-Authorization: Bearer {}", good.reveal()),
    ];
    assert_eq!(statuses(server, "/info", &elsewhere).await, [401, 401, 401]);
    assert_eq!(get(server, &format!("/info?token={}", good.reveal()), &[]).await.status, 401);
}

#[tokio::test]
async fn failed_logins_are_throttled_but_not_cached_logins_and_tokens() {
    let policy = policy();
    let token = policy.issue_token("alice", None).unwrap();
    let server = start(empty().policy(policy)).await;
    let good = basic("alice:s3cr3t");
    assert_eq!(get(server, "/info", &[&good]).await.status, 200);
    let mut responses: Vec<(u16, Option<String>)> = Vec::new();
    for attempt in 0..6 {
        let response = get(server, "/info", &[&basic(&format!("alice:{attempt}"))]).await;
        responses.push((response.status, response.header("retry-after").map(str::to_owned)));
    }
    assert_eq!(responses[..5], [(401, None), (401, None), (401, None), (401, None), (401, None)]);
    assert_eq!(responses[5], (429, Some("1".to_owned())));
    assert_eq!(statuses(server, "/info", &[good, bearer(&token)]).await, [200, 200]);
}

#[tokio::test]
async fn known_and_unknown_users_get_identical_responses() {
    let server = start(empty().policy(policy())).await;
    let mut by_user: Vec<Vec<Response>> = Vec::new();
    for user in ["alice", "ghost"] {
        let mut responses = Vec::new();
        for attempt in 0..7 {
            responses.push(get(server, "/info", &[&basic(&format!("{user}:{attempt}"))]).await);
        }
        by_user.push(responses);
    }
    assert_eq!(by_user[0], by_user[1]);
}

#[tokio::test]
async fn user_names_are_compared_byte_by_byte() {
    let server = start(empty().policy(policy())).await;
    for name in
        ["Alice", "ALICE", "alice ", " alice", "alice%00", "alice\u{200b}", "ａｌｉｃｅ", "alic\u{435}", "alice/"]
    {
        assert_eq!(get(server, "/info", &[&basic(&format!("{name}:s3cr3t"))]).await.status, 401, "{name:?}");
    }
    assert_eq!(
        get(server, "/info", &[&basic("alice:s3cr3t")]).await.status,
        200,
        "those failures do not throttle this name"
    );
}

/// Returns the audit records of `server`: event, user, kind of credentials, and path.
async fn audited(server: SocketAddr, header: &str) -> Vec<String> {
    let document = get(server, "/admin/audit", &[header]).await.json();
    let records = document["records"].as_array().unwrap().iter();
    let keys = ["event", "user", "authentication", "path"];
    records.map(|record| keys.map(|key| record[key].to_string()).join(" ").replace('"', "")).collect()
}

#[tokio::test]
async fn failed_logins_are_in_the_audit_log_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let policy = policy();
    let token = policy.issue_token("alice", None).unwrap();
    let running = empty().policy(policy).audit_file(&path).build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn();
    let server = running.local_addr().unwrap();
    let wrong = [basic("alice:s3cr3t!"), basic("gh\nost:s3cr3t"), "Authorization: Bearer s3cr3t".to_owned()];
    assert_eq!(statuses(server, "/info", &wrong).await, [401, 401, 401]);
    let expected =
        ["login_failed alice basic /info", "login_failed null basic /info", "login_failed null bearer /info"];
    until(async || audited(server, &bearer(&token)).await == expected).await;
    running.shutdown().await.unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("s3cr3t") && text.lines().count() == 3, "{text}");
    let summary = ops::audit::verify(text.as_bytes()).unwrap();
    assert_eq!((summary.records, summary.last), (3, 3));
}

#[tokio::test]
async fn public_probes_do_not_verify_passwords() {
    let health = Health::new();
    health.register("db", |_context| async { Err::<(), _>("down") });
    let server = start(empty().health(health).policy(policy())).await;
    let (stale, good) = (basic("alice:stale"), basic("alice:s3cr3t"));
    let reason = async |header: &str| {
        let response = get(server, "/readyz", &[header]).await;
        assert_eq!(response.status, 503);
        response.json()["checks"]["db"]["error"].clone()
    };
    for _ in 0..10 {
        assert_eq!(reason(&stale).await, "reason withheld");
    }
    assert_eq!(reason(&good).await, "reason withheld", "a valid password is not verified either");
    assert_eq!(get(server, "/info", &[&good]).await.status, 200, "the stale password throttles nothing");
    assert_eq!(reason(&good).await, "down", "the login is cached");
    assert_eq!(reason(&stale).await, "reason withheld");
    assert_eq!(audited(server, &good).await, [""; 0]);
}

#[tokio::test]
async fn public_probes_accept_tokens() {
    let health = Health::new();
    health.register("db", |_context| async { Err::<(), _>("down") });
    let policy = policy();
    let token = policy.issue_token("alice", None).unwrap();
    let server = start(empty().health(health).policy(policy)).await;
    assert_eq!(get(server, "/readyz", &[&bearer(&token)]).await.json()["checks"]["db"]["error"], "down");
}

#[tokio::test]
async fn rejected_credentials_are_in_the_audit_log() {
    let policy = policy();
    let token = bearer(&policy.issue_token("alice", None).unwrap());
    let server = start(empty().policy(policy)).await;
    let twice = get(server, "/info", &[&token, &token]).await;
    assert_eq!(twice.status, 401);
    let headers = ["Digest x", "Basic ?", "Bearer a b"].map(|value| format!("Authorization: {value}"));
    assert_eq!(statuses(server, "/info", &headers).await, [401, 401, 401]);
    let expected = [
        "login_failed null null /info",
        "login_failed null null /info",
        "login_failed null basic /info",
        "login_failed null bearer /info",
    ];
    until(async || audited(server, &token).await == expected).await;
}

// ---- policy files -----------------------------------------------------------------------------------

fn write(path: &Path, role: &str, token: &Token) {
    let text = format!("[users.alice]\nroles = [{role}]\ntokens = [{{ sha256 = \"{}\" }}]\n", token.digest());
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(&new, path).unwrap();
}

fn fast_reload() -> Limits {
    Limits::default().policy_reload_interval(Duration::from_millis(2))
}

async fn until(condition: impl AsyncFn() -> bool) {
    let met = async { while !condition().await {} };
    tokio::time::timeout(Duration::from_secs(10), met).await.expect("condition");
}

#[tokio::test]
async fn policy_file_is_reloaded_and_an_invalid_one_keeps_the_last_good_policy() {
    let folder = tempfile::tempdir().unwrap();
    let (path, token) = (folder.path().join("policy.toml"), Token::generate().unwrap());
    write(&path, "\"viewer\"", &token);
    let server = start(empty().limits(fast_reload()).policy_file(&path)).await;
    let header = bearer(&token);
    let info = async || get(server, "/info", &[&header]).await;
    let policy = info().await.json()["policy"].clone();
    assert_eq!((&policy["source"], &policy["failure"]), (&json!(path.display().to_string()), &json!(null)));

    write(&path, "", &token);
    until(async || info().await.status == 403).await;
    write(&path, "\"viewer\"", &token);
    until(async || info().await.status == 200).await;

    let bad = path.with_extension("bad");
    fs::write(&bad, "[users.alice]\nroles = [\"wiever\"]\n").unwrap();
    fs::rename(&bad, &path).unwrap();
    until(async || !info().await.json()["policy"]["failure"].is_null()).await;
    let failure = info().await.json()["policy"]["failure"].clone();
    let expected = format!("{}:2: unknown role `wiever`; expected one of `debugger`", path.display());
    assert!(failure.as_str().unwrap().starts_with(&expected), "{failure}");
    let metrics = get(server, "/metrics", &[]).await.body;
    assert!(metrics.contains("\nops_policy_reload_failures_total 1\n"), "{metrics}");
}

#[tokio::test]
async fn responses_during_reloads_are_consistent_with_one_policy() {
    let folder = tempfile::tempdir().unwrap();
    let (path, token) = (folder.path().join("policy.toml"), Token::generate().unwrap());
    write(&path, "\"viewer\", \"scraper\"", &token);
    let server = start(empty().limits(fast_reload()).policy_file(&path)).await;
    let header = bearer(&token);
    let seen = async || get(server, "/admin/whoami", &[&header]).await.json();
    let policies = [
        json!({"roles": ["scraper", "viewer"], "permissions": ["admin:read", "metrics:read"]}),
        json!({"roles": ["debugger"], "permissions": ["admin:debug", "admin:read"]}),
    ]
    .map(|mut policy| {
        (policy["user"], policy["authentication"]) = (json!("alice"), json!("bearer"));
        policy
    });
    let mut counts = [0; 2];
    for turn in 0..400 {
        write(&path, ["\"debugger\"", "\"viewer\", \"scraper\""][turn / 20 % 2], &token);
        let seen = seen().await;
        let which = policies.iter().position(|policy| *policy == seen).unwrap_or_else(|| panic!("{seen}"));
        counts[which] += 1;
    }
    assert!(counts[0] > 0 && counts[1] > 0, "both policies were seen: {counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_during_a_hundred_thousand_changes_are_consistent_with_one_policy() {
    let policy = Arc::new(policy());
    policy.add_role("a", &["admin:read", "a:x"]);
    policy.add_role("b", &["b:x"]);
    policy.add_user("swapped", &["a"]);
    let token = policy.issue_token("swapped", None).unwrap();
    let server = start(empty().policy(policy.clone())).await;
    let swapping = Arc::new(AtomicBool::new(true));
    let mut callers = JoinSet::new();
    for _ in 0..8 {
        let (swapping, header) = (swapping.clone(), bearer(&token));
        callers.spawn(async move {
            let mut seen = [0, 0];
            while swapping.load(Ordering::Relaxed) {
                let response = get(server, "/admin/whoami", &[&header]).await.json();
                let which = ["a", "b"].iter().position(|role| response["roles"] == json!([role])).unwrap();
                assert_eq!(response["permissions"], [json!(["a:x", "admin:read"]), json!(["b:x"])][which]);
                seen[which] += 1;
            }
            seen
        });
    }
    let swaps = tokio::task::spawn_blocking(move || {
        for turn in 0..100_000 {
            policy.add_user("swapped", &[["a", "b"][turn % 2]]);
        }
    });
    swaps.await.unwrap();
    swapping.store(false, Ordering::Relaxed);
    let seen = callers.join_all().await.into_iter().fold([0, 0], |[a, b], [more, others]| [a + more, b + others]);
    assert!(seen[0] > 0 && seen[1] > 0, "both policies were seen: {seen:?}");
}

/// An authorizer that denies all requests.
struct Denying;

impl Authorizer for Denying {
    fn authorize<'s: 'f, 'f>(&'s self, _request: AuthorizationRequest) -> DecisionFuture<'f> {
        Box::pin(async { Ok(Decision::Deny) })
    }
}

// ---- startup: fails closed ------------------------------------------------------------------------------

#[tokio::test]
async fn without_a_policy_loopback_is_open_and_the_network_gets_public_endpoints() {
    let loopback = start(empty()).await;
    let wildcard = empty().build().unwrap().bind("0.0.0.0:0").await.unwrap().spawn().local_addr().unwrap();
    let wildcard = SocketAddr::from(([127, 0, 0, 1], wildcard.port()));
    for (path, on_loopback, on_network) in
        [("/livez", 200, 200), ("/metrics", 200, 200), ("/info", 200, 403), ("/admin", 200, 403), ("/x", 404, 403)]
    {
        assert_eq!(get(loopback, path, &[]).await.status, on_loopback, "{path} on loopback");
        assert_eq!(get(wildcard, path, &[]).await.status, on_network, "{path} on a network");
    }
}

#[tokio::test]
async fn user_without_roles_has_no_permissions() {
    let policy = policy();
    policy.add_user("bob", &[]);
    policy.set_password("bob", "s3cr3t").unwrap();
    let server = start(empty().policy(policy)).await;
    for path in ["/info", "/admin/catalog"] {
        assert_eq!(get(server, path, &[&basic("bob:s3cr3t")]).await.status, 403, "{path}");
    }
}

#[test]
fn invalid_policy_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    let user = "[users.alice]\n";
    for (text, words) in [
        (None, "cannot read policy file `"),
        (Some(String::new()), ":1: no users defined"),
        (Some(format!("{user}\0")), ":2: "),
        (Some(format!("{user}rolls = []")), ":2: unknown field `rolls`"),
        (Some(format!("{user}roles = [\"nosuch\"]")), ":2: unknown role `nosuch`"),
        (Some(format!("{user}{user}")), ":2: duplicate key"),
        (Some(format!("{user}[roles]\nr = []")), ":3: role `r` has no grants"),
        (Some(format!("{user}[anonymous]\nroles = [\"*\"]")), ":2: unknown field `anonymous`"),
        (Some(format!("{user}password = \"s3cr3t\"")), ":2: invalid password hash"),
    ] {
        match &text {
            None => assert!(!path.exists()),
            Some(text) => fs::write(&path, text).unwrap(),
        }
        let error = empty().policy_file(&path).build().unwrap_err();
        let Error::Config { errors } = &error else { panic!("{error}") };
        assert_eq!(errors.len(), 1);
        let error = error.to_string();
        assert!(error.contains(&path.display().to_string()) && error.contains(words), "{text:?}: {error}");
        assert!(!error.contains("s3cr3t"), "{error}");
        assert!(PolicyFile::open(&path).is_err());
    }
}

#[cfg(unix)]
#[test]
fn world_writable_policy_file_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    fs::write(&path, "[users.alice]\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let error = empty().policy_file(&path).build().unwrap_err().to_string();
    assert!(error.ends_with(": writable by all users; run `chmod o-w` on it"), "{error}");
}

#[test]
fn audit_log_that_is_not_a_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = empty().audit_file(folder.path()).build().unwrap_err().to_string();
    assert_eq!(error, format!("cannot write the audit log `{}`: not a regular file", folder.path().display()));
}

#[test]
fn authorizer_without_a_policy_is_an_error() {
    assert_eq!(
        empty().authorizer(Denying).build().unwrap_err().to_string(),
        "an authorizer is set without a policy: the policy defines the users; set one with `Api::builder().policy(..)`"
    );
}

/// Runs an ignored test of this file in a separate process with `OPS_POLICY_FILE` set.
fn run_with_policy_file(test: &str, path: &Path) {
    let output = ignored_test(test).env("OPS_POLICY_FILE", path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

#[test]
fn environment_variable_sets_the_policy_file_unless_the_program_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    fs::write(&path, "[users.alice]\nroles = [\"viewer\"]\n").unwrap();
    run_with_policy_file("policy::inner_policy_file_from_environment", &path);
}

#[tokio::test]
#[ignore = "run by the test above in a separate process"]
async fn inner_policy_file_from_environment() {
    assert_eq!(get(start(empty()).await, "/info", &[]).await.status, 401, "the policy of the file");
    let server = start(empty().policy(policy())).await;
    assert_eq!(get(server, "/info", &[&basic("alice:s3cr3t")]).await.status, 200, "the policy of the program");
}

#[test]
fn invalid_policy_file_in_the_environment_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    run_with_policy_file("policy::inner_invalid_policy_file_from_environment", &folder.path().join("missing.toml"));
}

#[tokio::test]
#[ignore = "run by the test above in a separate process"]
async fn inner_invalid_policy_file_from_environment() {
    let error = empty().build().unwrap_err().to_string();
    assert!(error.contains("missing.toml`: No such file"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
#[ignore = "run by the test below in a separate process"]
async fn inner_sighup_reloads_the_policy_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, token) = (folder.path().join("policy.toml"), Token::generate().unwrap());
    write(&path, "\"viewer\"", &token);
    let limits = Limits::default().policy_reload_interval(Duration::from_secs(3600));
    let server = start(empty().limits(limits).policy_file(&path)).await;
    let header = bearer(&token);
    assert_eq!(get(server, "/info", &[&header]).await.status, 200);
    write(&path, "", &token);
    let hangup = std::process::Command::new("kill").args(["-HUP", &std::process::id().to_string()]).status();
    assert!(hangup.unwrap().success());
    until(async || get(server, "/info", &[&header]).await.status == 403).await;
}

#[cfg(unix)]
#[test]
fn sighup_reloads_the_policy_file_and_does_not_end_the_process() {
    let output = ignored_test("policy::inner_sighup_reloads_the_policy_file").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
