//! The policy file: hot reload, its metrics, and what `/info` shows of it.

use super::reload_metrics::Reloads;
use crate::admin::ApiConfig;
use crate::error::ErrorChain;
use crate::log;
use crate::rbac::PolicyFile;
use crate::reload::{Hangup, Refreshed, watch};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Reloads the policy when its file has changed, which is looked at every `interval` and on `hangup`; never returns.
pub(crate) async fn watch_policy_file(file: Arc<PolicyFile>, interval: Duration, hangup: Hangup) {
    let look = move || match file.refresh() {
        Refreshed::Loaded => {
            let file = file.clone();
            log::emit(move || tracing::info!(path = %file.path().display(), "the policy has changed"));
        }
        Refreshed::Failed(error) => {
            log::emit(move || tracing::error!(error = %ErrorChain(&*error), "the policy stays as it was"));
        }
        // A policy is valid at any time.
        Refreshed::Recovered | Refreshed::Unchanged => {}
    };
    watch(interval, hangup, look).await;
}

impl Reloads for PolicyFile {
    const FAILURES_HELP: &'static str = "How often the policy file has become one that cannot be used.";
    const LAST_SUCCESS_HELP: &'static str = "When the policy was last taken from its file.";

    fn reloads(&self) -> (u64, SystemTime) {
        self.state().reloads()
    }
}

/// Describes the policy for `/info`, without names of users and without secrets.
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
