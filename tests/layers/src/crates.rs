//! Rules for dependencies between crates.

use crate::uses::UseKind;
use crate::workspace::{Use, Workspace};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// Package name and dependencies of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Package name.
    pub package: String,
    /// Packages that it depends on, without dev-dependencies.
    pub dependencies: BTreeSet<String>,
}

impl Manifest {
    /// Parses a manifest.
    ///
    /// # Errors
    /// Returns an error if the text is not TOML or has no `package.name`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
        let package = table.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
        let package = package.ok_or("missing `package.name`")?.to_owned();
        let mut dependencies = dependencies_of(&table);
        for target in table.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values) {
            dependencies.extend(target.as_table().into_iter().flat_map(dependencies_of));
        }
        Ok(Manifest { package, dependencies })
    }
}

fn dependencies_of(table: &Table) -> BTreeSet<String> {
    let sections = ["dependencies", "build-dependencies"];
    let entries = sections.iter().filter_map(|section| table.get(*section)?.as_table()).flatten();
    let renamed = |value: &Value| Some(value.get("package")?.as_str()?.to_owned());
    entries.map(|(name, value)| renamed(value).unwrap_or_else(|| name.clone())).collect()
}

/// Returns the dependencies between workspace packages that `allowed` does not permit.
///
/// `allowed` lists each package and the packages it may depend on. Checks both the manifests and the paths in the source.
pub fn crate_violations(workspace: &Workspace, manifests: &[Manifest], allowed: &[(&str, &[&str])]) -> Vec<String> {
    let is_allowed = |from: &str, to: &str| {
        let row = allowed.iter().find(|(package, _)| *package == from);
        row.is_some_and(|(_, packages)| packages.contains(&to))
    };
    let is_member = |package: &str| allowed.iter().any(|(member, _)| *member == package);
    let mut violations = Vec::new();
    for manifest in manifests {
        for dependency in manifest.dependencies.iter().filter(|package| is_member(package)) {
            if !is_allowed(&manifest.package, dependency) {
                violations.push(format!("the manifest of {} depends on {dependency}", manifest.package));
            }
        }
    }
    for used in &workspace.uses {
        let Some(via) = &used.via else { continue };
        if !is_allowed(&used.crates.0.replace('_', "-"), &via.replace('_', "-")) {
            violations.push(used.to_string());
        }
    }
    violations
}

/// Returns the uses in the crate `user` of `#[doc(hidden)]` items of another workspace crate.
///
/// Exempts a re-export of a complete `__private` module in the crate root, which macro expansions need.
pub fn hidden_uses(workspace: &Workspace, user: &str) -> Vec<String> {
    let is_reexport_of_private = |used: &Use| {
        let is_root = used.modules.0.is_none();
        let is_whole = !used.is_item && used.path.strip_suffix("::__private") == used.via.as_deref();
        is_root && is_whole && used.kind == UseKind::Reexport
    };
    let hidden = workspace.uses.iter().filter(|used| used.is_hidden && used.crates.0 == user);
    hidden.filter(|used| !is_reexport_of_private(used)).map(ToString::to_string).collect()
}
