//! `/info`: build, process, runtime, components and configuration of the program.

use crate::admin::ApiConfig;
use crate::admin::context::{AdminState, RequestContext};
use crate::admin::http::ProblemDetails;
use crate::admin::limits::{Bulkhead, BulkheadError};
use crate::admin::reload;
use crate::clock::process_start;
use crate::metric::cell_space;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Duration;

/// Reserved keys of `/info`, sorted. Facts cannot use them.
pub(crate) const INFO_SECTIONS: [&str; 9] =
    ["build", "cluster", "components", "limits", "metrics", "policy", "process", "runtime", "tls"];

/// Typical length of the response, in bytes.
const TYPICAL_LENGTH: usize = 4096;

/// Path of the executable, determined at the first request.
static EXECUTABLE: LazyLock<Option<String>> =
    LazyLock::new(|| std::env::current_exe().ok().map(|path| path.display().to_string()));

/// Available parallelism, cached because it is read from several system files.
static PARALLELISM: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));

/// The value of a top-level key of `/info`.
#[derive(Serialize)]
#[serde(untagged)]
enum Section<'a> {
    Fact(&'a str),
    Build(Build),
    Json(Value),
    Limits(&'a RawValue),
    Metrics(Metrics),
    Process(Process<'a>),
    Runtime(Runtime),
}

pub(crate) async fn info(context: RequestContext) -> Result<Response, ProblemDetails> {
    let state = &context.state;
    let (components, cluster) = tokio::join!(components(state), cluster(state));
    let facts = state.config.facts.iter();
    let mut info: Vec<(&str, Section<'_>)> = facts.map(|(key, value)| (&**key, Section::Fact(value))).collect();
    info.extend([
        ("build", Section::Build(build())),
        ("cluster", Section::Json(cluster)),
        ("components", Section::Json(components)),
        ("limits", Section::Limits(&state.limits_json)),
        ("metrics", Section::Metrics(Metrics { cell_space: CellSpace::now() })),
        ("policy", Section::Json(reload::policy_file::describe(&state.config))),
        ("process", Section::Process(process())),
        ("runtime", Section::Runtime(runtime(state))),
        ("tls", Section::Json(tls(&state.config))),
    ]);
    info.sort_unstable_by_key(|(key, _)| *key);
    // Serialized without intermediate values into a preallocated buffer, as this endpoint is polled often.
    let mut text = Vec::with_capacity(TYPICAL_LENGTH);
    serde_json::to_writer(&mut text, &Info(info))
        .map_err(|_error| ProblemDetails::internal("cannot serialize the response: internal error"))?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response())
}

/// The response: sections and facts, sorted by key.
struct Info<'a>(Vec<(&'a str, Section<'a>)>);

impl Serialize for Info<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, section)| (key, section)))
    }
}

async fn components(state: &AdminState) -> Value {
    let Some(introspector) = state.config.introspector.clone() else { return json!([]) };
    // Boxed to keep the future small if there is no introspector.
    let timeout = state.config.limits.info_timeout;
    Box::pin(call(&state.info_calls, timeout, move || introspector.components())).await
}

async fn cluster(state: &AdminState) -> Value {
    let Some(cluster) = state.config.cluster.clone() else { return json!([]) };
    let timeout = state.config.limits.info_timeout;
    Box::pin(call(&state.info_calls, timeout, move || cluster.members())).await
}

/// Calls user code and returns its result as JSON, or an error object if it panics or times out.
async fn call<T: Serialize + Send + 'static>(
    bulkhead: &Bulkhead,
    timeout: Duration,
    user_code: impl FnOnce() -> T + Send + 'static,
) -> Value {
    match tokio::time::timeout(timeout, bulkhead.run(user_code)).await {
        Ok(Ok(result)) => value(&result),
        Ok(Err(BulkheadError::Panicked(message))) => json!({ "error": format!("panicked: {message}") }),
        Ok(Err(BulkheadError::Full | BulkheadError::Stopped)) => json!({ "error": "too many pending calls" }),
        Err(_elapsed) => json!({ "error": format!("timed out after {timeout:?}") }),
    }
}

#[derive(Serialize)]
struct Metrics {
    cell_space: CellSpace,
}

#[derive(Serialize)]
struct CellSpace {
    max_bytes: u64,
    used_bytes: u64,
}

impl CellSpace {
    fn now() -> Self {
        let space = cell_space();
        CellSpace { max_bytes: space.max_bytes, used_bytes: space.used_bytes }
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
fn tls(config: &ApiConfig) -> Value {
    reload::tls_files::describe(config)
}

#[cfg(not(feature = "tls"))]
fn tls(_config: &ApiConfig) -> Value {
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

/// The runtime of the application, not that of the server.
#[derive(Serialize)]
struct Runtime {
    alive_tasks: usize,
    available_parallelism: usize,
    global_queue_depth: usize,
    server_uptime_seconds: f64,
    workers: usize,
}

fn runtime(state: &AdminState) -> Runtime {
    let metrics = state.application.metrics();
    Runtime {
        alive_tasks: metrics.num_alive_tasks(),
        available_parallelism: *PARALLELISM,
        global_queue_depth: metrics.global_queue_depth(),
        server_uptime_seconds: state.started.elapsed().as_secs_f64(),
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
    async fn panic_in_user_code_becomes_an_error_object() {
        let bulkhead = Bulkhead::new(1, 1);
        let panics = call(&bulkhead, SECOND, || -> Vec<String> { panic!("no {}", "luck") }).await;
        assert_eq!(panics, json!({"error": "panicked: no luck"}));
        assert_eq!(call(&bulkhead, SECOND, || ["link"]).await, json!(["link"]));
    }

    #[tokio::test]
    async fn hanging_user_code_becomes_an_error_object_after_the_timeout() {
        // Real time: tokio's paused clock does not advance while a blocking task runs.
        let bulkhead = Bulkhead::new(1, 0);
        let (release, released) = std::sync::mpsc::channel::<()>();
        let hangs = call(&bulkhead, Duration::from_millis(5), move || released.recv().is_ok());
        assert_eq!(hangs.await, json!({"error": "timed out after 5ms"}));
        assert_eq!(call(&bulkhead, SECOND, || 1).await, json!({"error": "too many pending calls"}));
        drop(release);
    }
}
