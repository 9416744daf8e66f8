//! The policy file: hot reload, its metrics, and what `/info` shows of it.

use super::unix_time::unix_seconds;
use crate::admin::ApiConfig;
use crate::error::ErrorChain;
use crate::rbac::PolicyFile;
use crate::registry::Metrics;
use crate::reload::{Refreshed, watch};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Reloads the policy when its file has changed, which is looked at every `interval`; never returns.
pub(crate) async fn watch_policy_file(file: Arc<PolicyFile>, interval: Duration) {
    let looked = file.clone();
    let look = move || looked.refresh();
    let tell = |refreshed| match refreshed {
        Refreshed::Loaded => tracing::info!(path = %file.path().display(), "the policy has changed"),
        Refreshed::Failed(error) => tracing::error!(error = %ErrorChain(&*error), "the policy stays as it was"),
        Refreshed::Unchanged => {}
    };
    watch(interval, look, tell).await;
}

/// Registers the metrics of the policy file, unless another server of the same metrics has.
pub(crate) fn register_metrics(file: &Arc<PolicyFile>, metrics: &Metrics) {
    let counted = file.clone();
    let _ = metrics.collect_counter(
        "ops_policy_reload_failures_total",
        "How often the policy file has become one that cannot be used.",
        move |failures| failures.set(counted.state().failures as f64, &[]),
    );
    let timed = file.clone();
    let _ = metrics.collect_gauge(
        "ops_policy_last_success_timestamp_seconds",
        "When the policy was last taken from its file.",
        move |moment| moment.set(unix_seconds(timed.state().loaded), &[]),
    );
}

/// Describes the policy for `/info`, without names of users and without secrets.
pub(crate) fn describe(config: &ApiConfig) -> Value {
    match (&config.policy, &config.policy_file) {
        (None, _) => json!(null),
        (Some(_), None) => json!({ "source": "program" }),
        (Some(_), Some(file)) => {
            let state = file.state();
            json!({
                "source": file.path().display().to_string(),
                "loaded_at": humantime::format_rfc3339_seconds(state.loaded).to_string(),
                "failure": state.failure.as_deref().map(|error| ErrorChain(error).to_string()),
            })
        }
    }
}
