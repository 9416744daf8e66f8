//! The policy file: hot reload, its metrics, and what `/info` shows of it.

use super::unix_time::unix_seconds;
use crate::admin::ApiConfig;
use crate::descriptor::MetricKind;
use crate::error::ErrorChain;
use crate::metric::{Instrument, Part, Reader, Value};
use crate::rbac::PolicyFile;
use crate::reload::{Hangup, Refreshed, watch};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Reloads the policy when its file has changed, which is looked at every `interval` and on `hangup`; never returns.
pub(crate) async fn watch_policy_file(file: Arc<PolicyFile>, interval: Duration, hangup: Hangup) {
    let looked = file.clone();
    let look = move || looked.refresh();
    let tell = move |refreshed, dropped: u64| {
        match refreshed {
            Refreshed::Loaded => tracing::info!(path = %file.path().display(), "the policy has changed"),
            Refreshed::Failed(error) => tracing::error!(error = %ErrorChain(&*error), "the policy stays as it was"),
            // A policy is valid at any time.
            Refreshed::Recovered | Refreshed::Unchanged => {}
        }
        super::log_dropped(dropped);
    };
    watch(interval, hangup, look, tell).await;
}

/// The metrics of a policy file, as `ops_policy_*`.
#[derive(Debug)]
pub(crate) struct PolicyFileMetrics(pub(crate) Arc<PolicyFile>);

impl Instrument for PolicyFileMetrics {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new("_reload_failures", MetricKind::Counter)
                .help("How often the policy file has become one that cannot be used."),
            Part::new("_last_success_timestamp_seconds", MetricKind::Gauge)
                .help("When the policy was last taken from its file."),
        ]
    }

    fn collect(&self, part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let (failures, loaded) = {
            let state = self.0.state();
            (state.failures, state.loaded)
        };
        match part {
            0 => series("", Value::float_counter(failures as f64)),
            _ => series("", Value::Gauge(unix_seconds(loaded))),
        }
    }

    fn overflowed(&self) -> u64 {
        0
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
