//! What the program is, what it is made of and where it runs.

use super::Limits;
use super::gate::{Gate, GateError};
use super::policy;
use super::problem::Problem;
use super::routes::Exchange;
use super::state::Admin;
use crate::clock::process_start;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Duration;

/// The names that a fact cannot have, because `/info` has sections of these names; sorted.
pub(crate) const SECTIONS: [&str; 8] =
    ["build", "cluster", "components", "limits", "policy", "process", "runtime", "tls"];

/// What all of it takes where nobody contributes much, in bytes.
const USUAL_LENGTH: usize = 4096;

/// The program, as its file was called when it was first asked for.
static EXECUTABLE: LazyLock<Option<String>> =
    LazyLock::new(|| std::env::current_exe().ok().map(|path| path.display().to_string()));

/// What takes several files of the system to find out.
static PARALLELISM: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));

/// What is told under one name.
#[derive(Serialize)]
#[serde(untagged)]
enum Section<'a> {
    Fact(&'a str),
    Build(Build),
    Given(Value),
    Limits(&'a RawValue),
    Process(Process<'a>),
    Runtime(Runtime),
}

pub(super) async fn info(exchange: Exchange) -> Result<Response, Problem> {
    let admin = &exchange.admin;
    let (components, cluster) = tokio::join!(components(admin), cluster(admin));
    let facts = admin.sources.facts.iter();
    let mut info: Vec<(&str, Section<'_>)> = facts.map(|(key, value)| (&**key, Section::Fact(value))).collect();
    info.extend([
        ("build", Section::Build(build())),
        ("cluster", Section::Given(cluster)),
        ("components", Section::Given(components)),
        ("limits", Section::Limits(&admin.limits_shown)),
        ("policy", Section::Given(policy::describe(admin))),
        ("process", Section::Process(process())),
        ("runtime", Section::Runtime(runtime(admin))),
        ("tls", Section::Given(tls(admin))),
    ]);
    info.sort_unstable_by_key(|(key, _)| *key);
    // Written from where it is into memory that it fits in, as many ask for it often.
    let mut text = Vec::with_capacity(USUAL_LENGTH);
    serde_json::to_writer(&mut text, &Info(info))
        .map_err(|_error| Problem::internal("what is told cannot be written"))?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response())
}

/// Everything, by name.
struct Info<'a>(Vec<(&'a str, Section<'a>)>);

impl Serialize for Info<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, section)| (key, section)))
    }
}

/// The limits as they are shown, which do not change.
pub(super) fn limits(limits: &Limits) -> serde_json::Result<Box<RawValue>> {
    // By name.
    RawValue::from_string(serde_json::to_value(limits)?.to_string())
}

async fn components(admin: &Admin) -> Value {
    let Some(introspector) = admin.sources.introspector.clone() else { return json!([]) };
    // Boxed, as the answer moves about with room for it even where nobody contributes.
    let timeout = admin.sources.limits.contribution_timeout;
    Box::pin(contribution(&admin.contributions, timeout, move || introspector.components())).await
}

async fn cluster(admin: &Admin) -> Value {
    let Some(cluster) = admin.sources.cluster.clone() else { return json!([]) };
    let timeout = admin.sources.limits.contribution_timeout;
    Box::pin(contribution(&admin.contributions, timeout, move || cluster.members())).await
}

/// What foreign code gives, or an error in its place.
async fn contribution<T: Serialize + Send + 'static>(
    gate: &Gate,
    timeout: Duration,
    give: impl FnOnce() -> T + Send + 'static,
) -> Value {
    match tokio::time::timeout(timeout, gate.run(give)).await {
        Ok(Ok(given)) => value(&given),
        Ok(Err(GateError::Panicked(message))) => json!({ "error": format!("panicked: {message}") }),
        Ok(Err(GateError::Full)) => json!({ "error": "earlier calls have not returned" }),
        Err(_elapsed) => json!({ "error": format!("no answer after {timeout:?}") }),
    }
}

#[derive(Serialize)]
struct Build {
    arch: &'static str,
    ops: &'static str,
    os: &'static str,
    profile: &'static str,
}

#[cfg(feature = "tls")]
fn tls(admin: &Admin) -> Value {
    super::tls::describe(admin)
}

#[cfg(not(feature = "tls"))]
fn tls(_admin: &Admin) -> Value {
    json!(null)
}

fn build() -> Build {
    Build {
        arch: std::env::consts::ARCH,
        ops: env!("CARGO_PKG_VERSION"),
        os: std::env::consts::OS,
        profile: if cfg!(debug_assertions) { "debug" } else { "release" },
    }
}

#[derive(Serialize)]
struct Process<'a> {
    executable: Option<&'a str>,
    pid: u32,
    uptime_seconds: f64,
}

fn process() -> Process<'static> {
    Process {
        executable: EXECUTABLE.as_deref(),
        pid: std::process::id(),
        uptime_seconds: process_start().elapsed().as_secs_f64(),
    }
}

/// The runtime of the application, not the server's own.
#[derive(Serialize)]
struct Runtime {
    alive_tasks: usize,
    available_parallelism: usize,
    global_queue_depth: usize,
    server_uptime_seconds: f64,
    workers: usize,
}

fn runtime(admin: &Admin) -> Runtime {
    let metrics = admin.application.metrics();
    Runtime {
        alive_tasks: metrics.num_alive_tasks(),
        available_parallelism: *PARALLELISM,
        global_queue_depth: metrics.global_queue_depth(),
        server_uptime_seconds: admin.started.elapsed().as_secs_f64(),
        workers: metrics.num_workers(),
    }
}

fn value(section: &impl Serialize) -> Value {
    serde_json::to_value(section).unwrap_or_else(|error| json!({ "error": error.to_string() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn a_contributor_that_panics_is_an_error_in_its_place() {
        let gate = Gate::new(1, 1);
        let panics = contribution(&gate, SECOND, || -> Vec<String> { panic!("no {}", "luck") }).await;
        assert_eq!(panics, json!({"error": "panicked: no luck"}));
        assert_eq!(contribution(&gate, SECOND, || ["link"]).await, json!(["link"]));
    }

    #[tokio::test]
    async fn a_contributor_that_hangs_is_an_error_in_time() {
        // The paused clock of tokio stands still while a blocking thread is at work, so this is time of the machine.
        let gate = Gate::new(1, 0);
        let (release, released) = std::sync::mpsc::channel::<()>();
        let hangs = contribution(&gate, Duration::from_millis(5), move || released.recv().is_ok());
        assert_eq!(hangs.await, json!({"error": "no answer after 5ms"}));
        assert_eq!(contribution(&gate, SECOND, || 1).await, json!({"error": "earlier calls have not returned"}));
        drop(release);
    }
}
