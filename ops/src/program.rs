//! The health checks of this program, and its name and version.

use crate::health::Health;
use ops_core::linked;
use std::sync::{Arc, OnceLock};

/// The health checks of this program: all that the attributes declare, and what is registered at run time.
///
/// Where two checks have one name the first is run, and starting the server is an error that lists every conflict.
pub fn health() -> &'static Arc<Health> {
    static HEALTH: OnceLock<Arc<Health>> = OnceLock::new();
    HEALTH.get_or_init(|| Arc::new(Health::following(linked::checks().clone(), linked::resources().clone())))
}

/// The name and the version of this program, as facts: those of `build_info!`, or else the name of the executable alone.
pub(crate) fn build_facts() -> Vec<(&'static str, String)> {
    if let Some(build) = linked::build_info() {
        return vec![("name", build.package().to_owned()), ("version", build.version().to_owned())];
    }
    let executable = std::env::current_exe().ok();
    let name = executable.and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
    name.map(|name| ("name", name)).into_iter().collect()
}
