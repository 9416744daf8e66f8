//! What the crate that is being compiled calls `ops`.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

/// The name of the dependency `ops` in the manifest of this crate: `ops`, unless it says `name = { package = "ops" }`.
pub(crate) fn name() -> String {
    // An editor's server expands for many crates.
    static NAMES: Mutex<Vec<(OsString, String)>> = Mutex::new(Vec::new());
    let Some(folder) = env::var_os("CARGO_MANIFEST_DIR") else { return "ops".to_owned() };
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    // Asked for by every expansion: a comparison is quicker than a hash that is not optimised.
    if let Some((_, name)) = names.iter().find(|(known, _)| *known == folder) {
        return name.clone();
    }
    let name = find(Path::new(&folder)).unwrap_or_else(|| "ops".to_owned());
    names.push((folder, name.clone()));
    name
}

fn find(folder: &Path) -> Option<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let inherited = || {
        let of_workspace = |folder: &Path| {
            fs::read_to_string(folder.join("Cargo.toml")).ok().filter(|manifest| manifest.contains("[workspace"))
        };
        folder.ancestors().find_map(of_workspace).unwrap_or_default()
    };
    renamed(&manifest, inherited)
}

/// The new name of `ops`, if `manifest` renames it; `inherited` is the manifest of the workspace.
fn renamed(manifest: &str, inherited: impl FnOnce() -> String) -> Option<String> {
    let dependencies = dependencies(manifest, |table| !table.starts_with("workspace."));
    if dependencies.iter().any(|dependency| dependency.key == "ops" && !dependency.is_another_package()) {
        return None;
    }
    if let Some(dependency) = dependencies.iter().find(|dependency| dependency.is_ops()) {
        return Some(dependency.identifier());
    }
    let inherited = inherited();
    let of_workspace = self::dependencies(&inherited, |table| table == "workspace.dependencies");
    let is_ops = |key: &str| of_workspace.iter().any(|dependency| dependency.key == key && dependency.is_ops());
    dependencies.iter().find(|dependency| is_ops(&dependency.key)).map(Dependency::identifier)
}

/// A line of a table of dependencies, or such a table with the key in its header.
struct Dependency {
    key: String,
    settings: String,
}

impl Dependency {
    /// `package = ".."`
    fn package(&self) -> Option<&str> {
        let (_, value) = self.settings.split_once("package")?;
        value.trim_start().strip_prefix('=')?.trim_start().get(1..)?.split(['"', '\'']).next()
    }

    fn is_ops(&self) -> bool {
        self.package() == Some("ops")
    }

    fn is_another_package(&self) -> bool {
        self.package().is_some_and(|package| package != "ops")
    }

    /// The key as a name in Rust.
    fn identifier(&self) -> String {
        self.key.replace('-', "_")
    }
}

/// The dependencies of all tables that `is_wanted`: `dependencies`, `dev-dependencies`, `target.'..'.dependencies`.
fn dependencies(manifest: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<Dependency> {
    let mut found = Vec::<Dependency>::new();
    let mut table = None;
    for line in manifest.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            table = Table::of(header.trim(), &is_wanted);
            if let Some(Table::One(key)) = &table {
                found.push(Dependency { key: key.clone(), settings: String::new() });
            }
            continue;
        }
        match (&table, found.last_mut(), line.split_once('=')) {
            (Some(Table::One(_)), Some(dependency), _) => dependency.settings.push_str(line),
            (Some(Table::All), _, Some((key, settings))) => {
                // `renamed.package = "ops"`
                let (key, dotted) = key.trim().split_once('.').unwrap_or((key.trim(), ""));
                found.push(Dependency {
                    key: key.trim_matches('"').to_owned(),
                    settings: format!("{dotted} = {settings}"),
                });
            }
            _ => {}
        }
    }
    found
}

/// Where the lines of a manifest belong.
enum Table {
    /// `[dependencies]`
    All,
    /// `[dependencies.key]`
    One(String),
}

impl Table {
    fn of(header: &str, is_wanted: impl Fn(&str) -> bool) -> Option<Table> {
        let is_table = |name: &str| name.ends_with("dependencies") && is_wanted(name);
        if is_table(header) {
            return Some(Table::All);
        }
        let (table, key) = header.rsplit_once('.')?;
        is_table(table).then(|| Table::One(key.trim_matches('"').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_in(manifest: &str, workspace: &str) -> Option<String> {
        renamed(manifest, || workspace.to_owned())
    }

    #[test]
    fn a_renamed_dependency_is_found_however_it_is_written() {
        for manifest in [
            "[dependencies]\nserde = \"1\"\nmy-ops = { version = \"1\", package = \"ops\" } # renamed",
            "[dependencies.my-ops]\nversion = \"1\"\npackage = \"ops\"",
            "[dependencies]\nmy-ops.version = \"1\"\nmy-ops.package = 'ops'",
            "[target.'cfg(unix)'.dependencies]\nmy-ops = {package=\"ops\"}",
            "[dev-dependencies]\n\"my-ops\" = { package = \"ops\" }",
        ] {
            assert_eq!(name_in(manifest, "").as_deref(), Some("my_ops"), "{manifest}");
        }
    }

    #[test]
    fn a_name_may_be_inherited_from_the_workspace() {
        let workspace = "[workspace]\n[workspace.dependencies]\nmy-ops = { package = \"ops\", path = \"ops\" }";
        for manifest in ["[dependencies]\nmy-ops.workspace = true", "[dependencies]\nmy-ops = { workspace = true }"] {
            assert_eq!(name_in(manifest, workspace).as_deref(), Some("my_ops"), "{manifest}");
        }
    }

    #[test]
    fn its_own_name_needs_no_look_up() {
        let workspace = "[workspace.dependencies]\nother = { package = \"ops\" }";
        for manifest in
            ["[dependencies]\nops = \"1\"", "[dependencies]\nops.workspace = true", "[package]\nname = \"ops\""]
        {
            assert_eq!(name_in(manifest, workspace), None, "{manifest}");
        }
    }
}
