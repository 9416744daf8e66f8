//! TLS that follows its files.

use super::policy::{follow, seconds};
use super::state::Admin;
use crate::registry::Metrics;
use crate::reload::Refreshed;
use crate::tls::TlsFiles;
use serde_json::{Value, json};
use std::sync::Arc;

/// Looks at the files of TLS of `admin` every now and then, for ever.
pub(crate) async fn follow_tls_files(admin: Arc<Admin>) {
    let Some(files) = admin.sources.tls.clone() else { return };
    let looked = files.clone();
    let look = move || looked.refresh();
    let tell = |refreshed| match refreshed {
        Refreshed::Loaded => tracing::info!(path = %files.certificate().display(), "the files of TLS have changed"),
        Refreshed::Failed(error) => tracing::error!(%error, "TLS stays as it was"),
        Refreshed::Unchanged => {}
    };
    follow(admin.sources.limits.tls_files_interval, look, tell).await;
}

/// Measures how the files fare. A second server of the same metrics finds that done.
pub(super) fn measure(files: &Arc<TlsFiles>, metrics: &Metrics) {
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
        move |moment| moment.set(seconds(timed.state().loaded), &[]),
    );
    let expiring = files.clone();
    let _ = metrics.collect_gauge(
        "ops_tls_certificate_expiry_timestamp_seconds",
        "When the first certificate of the server's chain expires.",
        move |moment| moment.set(seconds(expiring.expires()), &[]),
    );
}

/// What `/info` says of TLS.
pub(super) fn describe(admin: &Admin) -> Value {
    let Some(files) = &admin.sources.tls else { return json!(null) };
    let day = humantime::format_rfc3339_seconds;
    let (required, authorities) = files.client_certificates().unzip();
    let state = files.state();
    json!({
        "source": files.certificate().display().to_string(),
        "loaded_at": day(state.loaded).to_string(),
        "failure": state.failure.as_ref().map(ToString::to_string),
        "expires_at": day(files.expires()).to_string(),
        "client_certificates": required.unwrap_or("none"),
        "client_authorities": authorities.map(|path| path.display().to_string()),
    })
}
