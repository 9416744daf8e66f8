//! Hot reload of the TLS files, their metrics and their `/info` section.

use super::reload_metrics::Reloads;
use super::unix_time::unix_seconds;
use crate::admin::ApiConfig;
use crate::descriptor::MetricKind;
use crate::error::ErrorChain;
use crate::log;
use crate::metric::{Instrument, Part, Reader, Value};
use crate::reload::{Hangup, Refreshed, watch};
use crate::tls::TlsFiles;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Reloads the TLS files when they change. Never returns.
///
/// Checks for changes every `interval` and on `hangup`.
pub(crate) async fn watch_tls_files(files: Arc<TlsFiles>, interval: Duration, hangup: Hangup) {
    let refresh = move || {
        let refreshed = files.refresh();
        let path = files.certificate().display().to_string();
        match refreshed {
            Refreshed::Loaded => {
                let warnings = files.warnings();
                log::emit(move || {
                    tracing::info!(%path, "TLS files reloaded");
                    warnings();
                });
            }
            Refreshed::Recovered => {
                log::emit(move || tracing::info!(%path, "the server certificate is valid again"));
            }
            Refreshed::Failed(error) => {
                log::emit(
                    move || tracing::error!(error = %ErrorChain(&*error), "TLS reload failed: the last good certificate stays active"),
                );
            }
            Refreshed::Unchanged => {}
        }
    };
    watch(interval, hangup, refresh).await;
}

impl Reloads for TlsFiles {
    const FAILURES_HELP: &'static str = "Failed reloads of the TLS files.";
    const LAST_SUCCESS_HELP: &'static str = "Unix time of the last successful load of the TLS files.";

    fn reloads(&self) -> (u64, SystemTime) {
        self.state().reloads()
    }
}

/// The gauge `ops_tls_certificate_expiry_timestamp_seconds`.
#[derive(Debug)]
pub(crate) struct CertificateExpiry(pub(crate) Arc<TlsFiles>);

impl Instrument for CertificateExpiry {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new("_timestamp_seconds", MetricKind::Gauge)
                .help("Unix time at which the server certificate expires."),
        ]
    }

    fn collect(&self, _part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        series("", Value::Gauge(unix_seconds(self.0.expires())));
    }

    fn overflowed(&self) -> u64 {
        0
    }
}

/// Describes TLS for `/info`.
pub(crate) fn describe(config: &ApiConfig) -> serde_json::Value {
    let Some(files) = &config.tls else { return json!(null) };
    let timestamp = humantime::format_rfc3339_seconds;
    let (required, authorities) = files.client_certificates().unzip();
    let chain_warnings = files.chain_warnings();
    let state = files.state();
    let mut description = json!({
        "source": files.certificate().display().to_string(),
        "loaded_at": timestamp(state.loaded).to_string(),
        "failure": state.trouble().map(|error| ErrorChain(error).to_string()),
        "expires_at": timestamp(files.expires()).to_string(),
        "client_certificates": required.unwrap_or("none"),
        "client_authorities": authorities.map(|path| path.display().to_string()),
    });
    if !chain_warnings.is_empty() {
        description["chain_warnings"] = json!(chain_warnings);
    }
    description
}
