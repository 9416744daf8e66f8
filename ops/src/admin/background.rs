//! The background tasks of a server.

use super::AdminState;
use super::reload::policy_file::watch_policy_file;
#[cfg(feature = "tls")]
use super::reload::tls_files::watch_tls_files;
use std::sync::Arc;

/// Spawns the tasks that run while the server does, on the current runtime: the scheduler of checks and the watched files.
pub(crate) fn spawn_background_tasks(state: &Arc<AdminState>) {
    let scheduled = state.clone();
    tokio::spawn(async move { scheduled.config.health.keep_on(&scheduled.application).await });
    let (config, limits) = (&state.config, state.limits());
    if let Some(file) = &config.policy_file {
        tokio::spawn(watch_policy_file(file.clone(), limits.policy_reload_interval));
    }
    #[cfg(feature = "tls")]
    if let Some(files) = &config.tls {
        tokio::spawn(watch_tls_files(files.clone(), limits.tls_reload_interval));
    }
}
