//! Hot reload of the policy file, its metrics and its `/info` section.

use super::reload_metrics::Reloads;
use crate::admin::ApiConfig;
use crate::error::ErrorChain;
use crate::log;
use crate::rbac::PolicyFile;
use crate::reload::{Hangup, Refreshed, watch};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Reloads the policy file when it changes. Never returns.
///
/// Checks for changes every `interval` and on `hangup`.
pub(crate) async fn watch_policy_file(file: Arc<PolicyFile>, interval: Duration, hangup: Hangup) {
    let refresh = move || match file.refresh() {
        Refreshed::Loaded => {
            let file = file.clone();
            log::emit(move || tracing::info!(path = %file.path().display(), "policy file reloaded"));
        }
        Refreshed::Failed(error) => {
            log::emit(
                move || tracing::error!(error = %ErrorChain(&*error), "policy file reload failed: the last good policy stays active"),
            );
        }
        // A policy has no validity period, so it never recovers.
        Refreshed::Recovered | Refreshed::Unchanged => {}
    };
    watch(interval, hangup, refresh).await;
}

impl Reloads for PolicyFile {
    const FAILURES_HELP: &'static str = "Failed reloads of the policy file.";
    const LAST_SUCCESS_HELP: &'static str = "Unix time of the last successful load of the policy file.";

    fn reloads(&self) -> (u64, SystemTime) {
        self.state().reloads()
    }
}

/// Describes the policy for `/info`, without user names or secrets.
pub(crate) fn describe(config: &ApiConfig) -> serde_json::Value {
    match (&config.policy, &config.policy_file) {
        (None, _) => json!(null),
        (Some(_), None) => json!({ "source": "program" }),
        (Some(_), Some(file)) => {
            let state = file.state();
            json!({
                "source": file.path().display().to_string(),
                "loaded_at": humantime::format_rfc3339_seconds(state.loaded).to_string(),
                "failure": state.trouble().map(|error| ErrorChain(error).to_string()),
            })
        }
    }
}
