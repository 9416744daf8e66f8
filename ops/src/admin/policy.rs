//! A policy that follows its file.

use super::state::Admin;
use crate::rbac::PolicyFile;
use crate::registry::Metrics;
use crate::reload::Refreshed;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::spawn_blocking;

/// Looks at the policy file of `admin` every now and then, for ever.
pub(crate) async fn follow_policy_file(admin: Arc<Admin>) {
    let Some(file) = admin.sources.policy_file.clone() else { return };
    let looked = file.clone();
    let look = move || looked.refresh();
    let tell = |refreshed| match refreshed {
        Refreshed::Loaded => tracing::info!(path = %file.path().display(), "the policy has changed"),
        Refreshed::Failed(error) => tracing::error!(%error, "the policy stays as it was"),
        Refreshed::Unchanged => {}
    };
    follow(admin.sources.limits.policy_file_interval, look, tell).await;
}

/// Calls `look` once in every `interval`, and tells what it gave.
pub(super) async fn follow<E: fmt::Debug + Send + Sync + 'static>(
    interval: Duration,
    look: impl Fn() -> Refreshed<E> + Clone + Send + 'static,
    tell: impl Fn(Refreshed<E>),
) {
    let mut moments = tokio::time::interval(interval.max(LEAST_INTERVAL));
    moments.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        moments.tick().await;
        // A file system that hangs holds up this and nothing else.
        if let Ok(refreshed) = spawn_blocking(look.clone()).await {
            tell(refreshed);
        }
    }
}

/// An interval of zero would be a busy loop.
const LEAST_INTERVAL: Duration = Duration::from_millis(1);

/// Measures how the policy file fares. A second server of the same metrics finds that done.
pub(super) fn measure(file: &Arc<PolicyFile>, metrics: &Metrics) {
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
        move |moment| moment.set(seconds(timed.state().loaded), &[]),
    );
}

/// What `/info` says of the policy; no name of a user and no secret.
pub(super) fn describe(admin: &Admin) -> Value {
    match (&admin.sources.policy, &admin.sources.policy_file) {
        (None, _) => json!(null),
        (Some(_), None) => json!({ "source": "program" }),
        (Some(_), Some(file)) => {
            let state = file.state();
            json!({
                "source": file.path().display().to_string(),
                "loaded_at": humantime::format_rfc3339_seconds(state.loaded).to_string(),
                "failure": state.failure.as_ref().map(ToString::to_string),
            })
        }
    }
}

/// As Prometheus has moments: seconds since 1970.
pub(super) fn seconds(moment: SystemTime) -> f64 {
    moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::limits::Limits;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_file_that_never_rests_is_taken_once_in_an_interval() {
        let looks = Arc::new(AtomicUsize::new(0));
        let counted = looks.clone();
        let look = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Refreshed::<()>::Loaded
        };
        let interval = Limits::default().policy_file_interval;
        let half_a_minute = Duration::from_secs(30);
        let _elapsed = tokio::time::timeout(half_a_minute, follow(interval, look, |_| ())).await;
        let looks = looks.load(Ordering::Relaxed);
        let expected = half_a_minute.as_millis() / interval.as_millis();
        assert!((expected..=expected + 1).contains(&(looks as u128)), "{looks}");
        assert!(interval >= Duration::from_millis(200), "five a second at most");
    }
}
