//! The TLS files: hot reload, their metrics, and what `/info` shows of them.

use super::unix_time::unix_seconds;
use crate::admin::ApiConfig;
use crate::error::ErrorChain;
use crate::registry::Metrics;
use crate::reload::{Refreshed, watch};
use crate::tls::TlsFiles;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Reloads the TLS files when they have changed, which are looked at every `interval`; never returns.
pub(crate) async fn watch_tls_files(files: Arc<TlsFiles>, interval: Duration) {
    let looked = files.clone();
    let look = move || looked.refresh();
    let tell = |refreshed| match refreshed {
        Refreshed::Loaded => tracing::info!(path = %files.certificate().display(), "the files of TLS have changed"),
        Refreshed::Failed(error) => tracing::error!(error = %ErrorChain(&*error), "TLS stays as it was"),
        Refreshed::Unchanged => {}
    };
    watch(interval, look, tell).await;
}

/// Registers the metrics of the files, unless another server of the same metrics has.
pub(crate) fn register_metrics(files: &Arc<TlsFiles>, metrics: &Metrics) {
    let counted = files.clone();
    let _ = metrics.collect_counter(
        "ops_tls_reload_failures_total",
        "How often the files of TLS have become ones that cannot be used.",
        move |failures| failures.set(counted.state().failures as f64, &[]),
    );
    let timed = files.clone();
    let _ = metrics.collect_gauge(
        "ops_tls_last_success_timestamp_seconds",
        "When the certificate of the server was last taken from its file.",
        move |moment| moment.set(unix_seconds(timed.state().loaded), &[]),
    );
    let expiring = files.clone();
    let _ = metrics.collect_gauge(
        "ops_tls_certificate_expiry_timestamp_seconds",
        "When the first certificate of the server's chain expires.",
        move |moment| moment.set(unix_seconds(expiring.expires()), &[]),
    );
}

/// Describes TLS for `/info`.
pub(crate) fn describe(config: &ApiConfig) -> Value {
    let Some(files) = &config.tls else { return json!(null) };
    let day = humantime::format_rfc3339_seconds;
    let (required, authorities) = files.client_certificates().unzip();
    let state = files.state();
    json!({
        "source": files.certificate().display().to_string(),
        "loaded_at": day(state.loaded).to_string(),
        "failure": state.failure.as_deref().map(|error| ErrorChain(error).to_string()),
        "expires_at": day(files.expires()).to_string(),
        "client_certificates": required.unwrap_or("none"),
        "client_authorities": authorities.map(|path| path.display().to_string()),
    })
}
