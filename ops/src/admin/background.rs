//! Background tasks of a server.

use super::AdminState;
use super::reload::policy_file::watch_policy_file;
#[cfg(feature = "tls")]
use super::reload::tls_files::watch_tls_files;
use crate::reload::Hangup;
use std::sync::Arc;

/// Spawns the check scheduler and the file watchers of a server on the current runtime.
pub(crate) fn spawn_background_tasks(state: &Arc<AdminState>) {
    let scheduled = state.clone();
    tokio::spawn(async move { scheduled.config.health.keep_on(&scheduled.application).await });
    let (config, limits) = (&state.config, state.limits());
    if let Some(file) = &config.policy_file {
        tokio::spawn(watch_policy_file(file.clone(), limits.policy_reload_interval, Hangup::listen()));
    }
    if config.audit.is_file() {
        tokio::spawn(ignore_hangup(Hangup::listen()));
    }
    #[cfg(feature = "tls")]
    if let Some(files) = &config.tls {
        tokio::spawn(watch_tls_files(files.clone(), limits.tls_reload_interval, Hangup::listen()));
    }
}

/// Ignores SIGHUP, which would otherwise end the process. Never returns.
///
/// Log rotation tools send it by convention. The audit log does not need it: it detects rotation at each write.
async fn ignore_hangup(mut hangup: Hangup) {
    loop {
        hangup.received().await;
    }
}
