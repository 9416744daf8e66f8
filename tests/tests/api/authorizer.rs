//! End-to-end tests of external authorization: the request of the authorizer, and its failures.

use ops::descriptor::CheckDescriptor;
use ops::rbac::{
    Authentication, AuthorizationRequest, Authorizer, AuthorizerError, Cost, Decision, DecisionFuture, Policy,
    Principal, Token,
};
use ops::{Api, ApiBuilder, Health, Limits, Metrics, Outcome};
use ops_tests::log::NullSink;
use ops_tests::{Response, basic, get, parse, request, send};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Handle};

const CSRF_HEADERS: [&str; 2] = ["X-Ops-Request: 1", "Content-Type: application/json"];

/// An authorizer that records and allows all requests.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<AuthorizationRequest>>>);

impl Recorder {
    fn take(&self) -> Vec<AuthorizationRequest> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[async_trait::async_trait]
impl Authorizer for Recorder {
    async fn authorize(&self, request: AuthorizationRequest) -> Result<Decision, AuthorizerError> {
        self.0.lock().unwrap().push(request);
        Ok(Decision::Allow)
    }
}

/// An authorizer that calls a function.
struct Deciding<F>(F);

impl<F: Fn(AuthorizationRequest) -> DecisionFuture<'static> + Send + Sync + 'static> Authorizer for Deciding<F> {
    fn authorize<'s: 'f, 'f>(&'s self, request: AuthorizationRequest) -> DecisionFuture<'f> {
        (self.0)(request)
    }
}

/// Returns a policy with a viewer `alice` and an owner `root`, and a token of each.
fn policy() -> (Policy, [String; 2]) {
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    policy.add_user("alice", &["viewer"]);
    policy.set_password("alice", "s3cr3t").unwrap();
    policy.add_user("root", &["owner"]);
    let bearer = |token: Token| format!("Authorization: Bearer {}", token.reveal());
    let tokens = ["alice", "root"].map(|user| bearer(policy.issue_token(user, None).unwrap()));
    (policy, tokens)
}

fn failing() -> Health {
    let health = Health::new();
    health.register("db", |_context| async { Outcome::unhealthy("no route") });
    health.register_check(CheckDescriptor::new("disk"), |_context| async {}).unwrap();
    health
}

fn api(policy: Policy, authorizer: impl Authorizer) -> ApiBuilder {
    let api = Api::builder().health(failing()).metrics(Metrics::new()).audit_sink(NullSink);
    api.policy(policy).authorizer(authorizer)
}

async fn start(builder: ApiBuilder) -> SocketAddr {
    builder.build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn().local_addr().unwrap()
}

async fn errors(server: SocketAddr, reason: &str) -> u32 {
    let metrics = get(server, "/metrics", &[]).await.body;
    let sample = format!("ops_authorizer_errors_total{{reason=\"{reason}\"}} ");
    let value = metrics.lines().find_map(|line| line.strip_prefix(&sample));
    value.unwrap_or_else(|| panic!("{sample}in {metrics}")).parse().unwrap()
}

#[tokio::test]
async fn authorizer_replaces_the_grants_of_the_roles() {
    let (policy, [alice, root]) = policy();
    let authorizer = Deciding(|request: AuthorizationRequest| {
        let may = request.permission == "admin:read" && request.principal.user == "alice";
        Box::pin(async move { Ok(Decision::allow_if(may)) }) as DecisionFuture<'static>
    });
    let server = start(api(policy, authorizer).protect_metrics()).await;
    for (path, credentials, status) in
        [("/info", &alice, 200), ("/info", &root, 403), ("/metrics", &alice, 403), ("/metrics", &root, 403)]
    {
        assert_eq!(get(server, path, &[credentials]).await.status, status, "{path} {credentials}");
    }
    let links = get(server, "/admin", &[&alice]).await.json();
    let links: Vec<_> = links["links"].as_array().unwrap().iter().map(|link| link["href"].as_str().unwrap()).collect();
    assert!(links.contains(&"/info") && !links.contains(&"/metrics") && links.is_sorted(), "{links:?}");
}

#[tokio::test]
async fn authorizer_gets_the_context_of_reads_and_mutations() {
    let (policy, [alice, root]) = policy();
    let recorder = Recorder::default();
    let server = start(api(policy, Arc::new(recorder.clone()) as Arc<dyn Authorizer>)).await;
    let client = IpAddr::from(Ipv4Addr::LOCALHOST);
    let viewer = |authentication| Principal::new("alice", authentication).roles(["viewer"]);
    let read = |principal| AuthorizationRequest::new(principal, "admin:read").method("GET").route("/info");

    assert_eq!(get(server, "/info?x=y", &[&alice]).await.status, 200);
    assert_eq!(recorder.take(), [read(viewer(Authentication::Bearer)).client_ip(client)]);

    assert_eq!(request(server, "HEAD", "/info", &[&basic("alice:s3cr3t")]).await.status, 200);
    assert_eq!(recorder.take(), [read(viewer(Authentication::Basic)).client_ip(client)]);

    let headers = [&*root, CSRF_HEADERS[0], CSRF_HEADERS[1]];
    assert_eq!(send(server, "POST", "/admin/health/disk/run", &headers, "{}").await.status, 200);
    let owner = Principal::new("root", Authentication::Bearer).roles(["owner"]);
    let run = AuthorizationRequest::new(owner, "admin:write").method("POST").route("/admin/health/{name}/run");
    assert_eq!(recorder.take(), [run.client_ip(client)]);
}

#[cfg(unix)]
#[tokio::test]
async fn requests_over_a_unix_socket_have_no_client_address() {
    let (policy, [alice, _root]) = policy();
    let (recorder, folder) = (Recorder::default(), tempfile::tempdir().unwrap());
    let path = folder.path().join("ops.sock");
    let api = api(policy, recorder.clone()).build().unwrap();
    let running = api.bind(format!("unix:{}", path.display())).await.unwrap().spawn();
    assert_eq!(running.local_addr(), None);
    assert_eq!(running.address().to_string(), format!("unix:{}", path.display()));

    let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    let head = format!("GET /info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{alice}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert_eq!(parse(&response).status, 200);
    let requests: Vec<_> = recorder.take().into_iter().map(|request| (request.client_ip, request.route)).collect();
    assert_eq!(requests, [(None, "/info".to_owned())]);
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn public_endpoints_never_call_the_authorizer_and_withhold_reasons() {
    let (policy, [alice, _root]) = policy();
    let recorder = Recorder::default();
    let server = start(api(policy, recorder.clone())).await;
    for path in ["/livez", "/healthz", "/readyz", "/readyz?verbose", "/startupz", "/metrics", "/livez?verbose"] {
        let response = get(server, path, &[&alice]).await;
        assert!(matches!(response.status, 200 | 503) && !response.body.contains("no route"), "{path}: {response:?}");
    }
    assert_eq!(send(server, "POST", "/livez", &[&*alice, CSRF_HEADERS[0], CSRF_HEADERS[1]], "{}").await.status, 405);
    assert_eq!(get(server, "/unknown", &[&alice]).await.status, 404);
    assert_eq!(recorder.take(), []);

    let one = get(server, "/readyz/db", &[&alice]).await;
    assert!(one.status == 503 && one.body.contains("no route"), "{one:?}");
    assert_eq!(recorder.take().len(), 1, "called once");
}

#[tokio::test]
async fn authorizer_error_denies_is_counted_and_is_not_shown() {
    let (policy, [alice, _root]) = policy();
    let failing = Deciding(|_request| {
        Box::pin(async { Err(io::Error::other("policy server is down").into()) }) as DecisionFuture<'static>
    });
    let server = start(api(policy, failing)).await;
    assert_eq!(errors(server, "error").await, 0);
    let refused = get(server, "/info", &[&alice]).await;
    assert!(refused.status == 403 && !refused.body.contains("policy server"), "{refused:?}");
    assert_eq!((errors(server, "error").await, errors(server, "timeout").await), (1, 0));
}

#[tokio::test]
async fn authorizer_panic_denies_and_is_counted() {
    let (policy, [alice, _root]) = policy();
    let server = start(api(policy, Deciding(|_request| panic!("no decision")))).await;
    assert_eq!(get(server, "/info", &[&alice]).await.status, 403);
    assert_eq!(errors(server, "panic").await, 1);
}

#[tokio::test]
async fn hanging_decision_is_denied_after_the_timeout() {
    let (policy, [alice, _root]) = policy();
    let hanging = Deciding(|_request| Box::pin(std::future::pending()) as DecisionFuture<'static>);
    let limits = Limits::default().decision_timeout(Duration::from_millis(1)).max_concurrent_decisions(1);
    let server = start(api(policy, hanging).limits(limits)).await;
    for refused in 1..=3 {
        assert_eq!(get(server, "/info", &[&alice]).await.status, 403);
        assert_eq!(errors(server, "timeout").await, refused);
    }
}

#[test]
fn decisions_run_on_the_application_runtime_and_never_block_the_server() {
    let application = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (policy, [alice, _root]) = policy();
    let (ran, runs) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let blocking = Deciding(move |_request| {
        ran.send(Handle::current().id()).unwrap();
        // Blocks a worker of the application until the test releases it.
        let _released = released.lock().unwrap().recv();
        Box::pin(async { Ok(Decision::Allow) }) as DecisionFuture<'static>
    });
    let limits = Limits::default().decision_timeout(Duration::from_millis(20));
    let api = api(policy, blocking).limits(limits).build().unwrap();
    let running = application.block_on(api.bind("127.0.0.1:0")).unwrap().spawn();
    let server = running.local_addr().unwrap();

    let client = Builder::new_current_thread().enable_all().build().unwrap();
    let ask = |path| -> Response { client.block_on(get(server, path, &[&alice])) };
    assert_eq!(ask("/info").status, 403);
    assert_eq!(runs.recv().unwrap(), application.handle().id());
    assert_eq!((ask("/livez").status, ask("/metrics").status), (200, 200));
    drop(release);
}
