//! What the program is, what it is made of and where it runs.

use super::gate::{Gate, GateError};
use super::policy;
use super::routes::Exchange;
use super::state::Admin;
use crate::clock::process_start;
use axum::Json;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The names that a fact cannot have, because `/info` has sections of these names; sorted.
pub(crate) const SECTIONS: [&str; 8] =
    ["build", "cluster", "components", "limits", "policy", "process", "runtime", "tls"];

pub(super) async fn info(exchange: Exchange) -> Json<Map<String, Value>> {
    let admin = &exchange.admin;
    let (components, cluster) = tokio::join!(components(admin), cluster(admin));
    let mut info: Map<_, _> =
        admin.sources.facts.iter().map(|(key, value)| (key.clone(), Value::String(value.clone()))).collect();
    for (section, value) in [
        ("build", build()),
        ("cluster", cluster),
        ("components", components),
        ("limits", value(&admin.sources.limits)),
        ("policy", policy::describe(admin)),
        ("process", process()),
        ("runtime", runtime(admin)),
        ("tls", tls(admin)),
    ] {
        info.insert(section.to_owned(), value);
    }
    Json(info)
}

async fn components(admin: &Admin) -> Value {
    let Some(introspector) = admin.sources.introspector.clone() else { return json!([]) };
    contribution(&admin.contributions, admin.sources.limits.contribution_timeout, move || introspector.components())
        .await
}

async fn cluster(admin: &Admin) -> Value {
    let Some(cluster) = admin.sources.cluster.clone() else { return json!([]) };
    contribution(&admin.contributions, admin.sources.limits.contribution_timeout, move || cluster.members()).await
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

fn build() -> Value {
    json!({
        "ops": env!("CARGO_PKG_VERSION"),
        "profile": if cfg!(debug_assertions) { "debug" } else { "release" },
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
    })
}

#[cfg(feature = "tls")]
fn tls(admin: &Admin) -> Value {
    super::tls::describe(admin)
}

#[cfg(not(feature = "tls"))]
fn tls(_admin: &Admin) -> Value {
    json!(null)
}

fn process() -> Value {
    json!({
        "pid": std::process::id(),
        "uptime_seconds": process_start().elapsed().as_secs_f64(),
        "executable": std::env::current_exe().ok().map(|path| path.display().to_string()),
    })
}

/// The runtime of the application, not the server's own.
fn runtime(admin: &Admin) -> Value {
    let metrics = admin.application.metrics();
    json!({
        "workers": metrics.num_workers(),
        "alive_tasks": metrics.num_alive_tasks(),
        "global_queue_depth": metrics.global_queue_depth(),
        "available_parallelism": std::thread::available_parallelism().map_or(1, usize::from),
        "server_uptime_seconds": admin.started.elapsed().as_secs_f64(),
    })
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
