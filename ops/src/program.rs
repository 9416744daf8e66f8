//! The global health registry of the program, and its name and version for `/info`.

use crate::health::Health;
use ops_core::linked;
use std::sync::{Arc, OnceLock};

/// Returns the health checks of this program, both declared by attributes and registered at run time.
///
/// If several checks have the same name, the first one runs, and starting a server fails with an error that lists every
/// conflict.
pub fn health() -> &'static Arc<Health> {
    static HEALTH: OnceLock<Arc<Health>> = OnceLock::new();
    HEALTH.get_or_init(|| Arc::new(Health::following(linked::checks().clone(), linked::resources().clone())))
}

/// Returns the name and version set by `build_info!`, or the name of the executable, as facts.
pub(crate) fn build_facts() -> Vec<(&'static str, String)> {
    if let Some(build) = linked::build_info() {
        return vec![("name", build.package().to_owned()), ("version", build.version().to_owned())];
    }
    let executable = std::env::current_exe().ok();
    let name = executable.and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
    name.map(|name| ("name", name)).into_iter().collect()
}
