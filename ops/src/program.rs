//! The health checks of this program, and its name and version.

use crate::health::Health;
use ops_core::linked;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The health checks of this program: all that the attributes declare, and what is registered at run time.
///
/// Where two checks have one name the first is run, and starting the server is an error that lists every conflict.
pub fn health() -> &'static Arc<Health> {
    static HEALTH: OnceLock<Arc<Health>> = OnceLock::new();
    HEALTH.get_or_init(|| Arc::new(Health::following(linked::checks().clone(), linked::resources().clone())))
}

/// The name and the version of this program, as facts: those of `build_info!`, or else the name of the executable alone.
pub(crate) fn build_facts() -> Vec<(&'static str, String)> {
    let snapshot = linked::metrics().snapshot_within(Duration::ZERO);
    let mut labels = String::new();
    if let Some(build) = snapshot.families().find(|family| family.info().name == "build_info") {
        build.for_each(|found, _value| found.clone_into(&mut labels));
    }
    let facts = facts_of(&labels);
    if !facts.is_empty() {
        return facts;
    }
    let executable = std::env::current_exe().ok();
    let name = executable.and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
    name.map(|name| ("name", name)).into_iter().collect()
}

/// The facts in the labels of `build_info`, whose values Cargo has checked: none has a quote or a comma.
fn facts_of(labels: &str) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    for (key, label) in [("name", "package=\""), ("version", "version=\"")] {
        let value = labels.split(',').find_map(|pair| pair.strip_prefix(label)?.strip_suffix('"'));
        facts.extend(value.map(|value| (key, value.to_owned())));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_version_are_those_of_build_info_or_the_executable() {
        let facts = [("name", "orders".to_owned()), ("version", "1.2.3-rc.1+a".to_owned())];
        assert_eq!(facts_of(r#"package="orders",version="1.2.3-rc.1+a""#), facts);
        assert_eq!(facts_of(""), []);
        let [(key, name)] = build_facts().try_into().unwrap();
        assert!(key == "name" && name.starts_with("ops-"), "{name}");
    }
}
