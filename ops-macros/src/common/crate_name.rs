//! Finds the name under which the compiled crate depends on `ops` or `ops-core`, from its manifest.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fs};

/// The crate that exports the used attribute; its expansions refer to this crate only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Root {
    /// `ops`, for `#[ops::metric]`.
    Ops,
    /// `ops-core`, for `#[ops_core::metric]`.
    OpsCore,
}

impl Root {
    pub(crate) const ALL: [Root; 2] = [Root::Ops, Root::OpsCore];

    /// Returns the package name, as in a manifest.
    const fn package(self) -> &'static str {
        match self {
            Root::Ops => "ops",
            Root::OpsCore => "ops-core",
        }
    }

    /// Returns the crate name if the manifest does not rename the dependency.
    pub(crate) const fn default_name(self) -> &'static str {
        match self {
            Root::Ops => "ops",
            Root::OpsCore => "ops_core",
        }
    }

    /// Returns the name by which the compiled crate refers to this crate.
    ///
    /// A manifest renames it with `name = { package = ".." }`. Inside the package itself this is the default name, which
    /// `extern crate self as ..` makes a valid path.
    pub(crate) fn crate_name(self) -> Arc<str> {
        // Keyed by manifest folder: a language server expands many crates in one process.
        static NAMES: Mutex<Vec<(OsString, Root, Arc<str>)>> = Mutex::new(Vec::new());
        let Some(folder) = env::var_os("CARGO_MANIFEST_DIR") else { return self.default_name().into() };
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        // A linear search: proc macros are built without optimization, where comparing is faster than hashing.
        if let Some((.., name)) = names.iter().find(|(known, root, _)| *root == self && *known == folder) {
            return Arc::clone(name);
        }
        let name = find(Path::new(&folder), self).map_or_else(|| self.default_name().into(), Arc::from);
        names.push((folder, self, Arc::clone(&name)));
        name
    }
}

/// Returns the new name of the package of `root`, if the manifest in `folder` renames it.
fn find(folder: &Path, root: Root) -> Option<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let inherited = || {
        let workspace_manifest = |folder: &Path| {
            fs::read_to_string(folder.join("Cargo.toml")).ok().filter(|manifest| manifest.contains("[workspace"))
        };
        folder.ancestors().find_map(workspace_manifest).unwrap_or_default()
    };
    renamed(root, &manifest, inherited)
}

/// Returns the new name of the package of `root`, if `manifest` renames it.
///
/// `inherited` reads the manifest of the workspace.
fn renamed(root: Root, manifest: &str, inherited: impl FnOnce() -> String) -> Option<String> {
    let dependencies = dependencies(manifest, |table| !table.starts_with("workspace."));
    let package = root.package();
    if dependencies.iter().any(|dependency| dependency.is_not_renamed(package)) {
        return None;
    }
    if let Some(dependency) = dependencies.iter().find(|dependency| dependency.renames(package)) {
        return Some(dependency.identifier());
    }
    let inherited = inherited();
    let of_workspace = self::dependencies(&inherited, |table| table == "workspace.dependencies");
    let is_renamed =
        |key: &str| of_workspace.iter().any(|dependency| dependency.key == key && dependency.renames(package));
    dependencies.iter().find(|dependency| is_renamed(&dependency.key)).map(Dependency::identifier)
}

/// An entry of a dependency table, or a `[dependencies.key]` table.
struct Dependency {
    key: String,
    settings: String,
}

impl Dependency {
    /// Returns the value of `package = ".."`.
    fn package(&self) -> Option<&str> {
        let (_, value) = self.settings.split_once("package")?;
        value.trim_start().strip_prefix('=')?.trim_start().get(1..)?.split(['"', '\'']).next()
    }

    fn renames(&self, package: &str) -> bool {
        self.package() == Some(package)
    }

    fn is_not_renamed(&self, package: &str) -> bool {
        self.key == package && self.package().is_none_or(|named| named == package)
    }

    /// Returns the key as a Rust identifier.
    fn identifier(&self) -> String {
        self.key.replace('-', "_")
    }
}

/// Returns the entries of the dependency tables whose name satisfies `is_wanted`.
///
/// Tables are `dependencies`, `dev-dependencies`, `target.'..'.dependencies` and so on.
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

/// Dependency table that the current lines of a manifest belong to.
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
        renamed(Root::Ops, manifest, || workspace.to_owned())
    }

    #[test]
    fn each_root_is_renamed_only_by_its_own_package() {
        for (manifest, ops, ops_core) in [
            ("[dependencies]\nops = \"1\"\nops-core = \"1\"", None, None),
            ("[dependencies]\na = { package = \"ops\" }\nb = { package = \"ops-core\" }", Some("a"), Some("b")),
            ("[dependencies]\nops-core = \"1\"\n[dev-dependencies]\na = { package = \"ops\" }", Some("a"), None),
            ("[dependencies]\nops = { package = \"ops-core\", version = \"1\" }", None, Some("ops")),
            ("[dependencies.ops_core]\nversion = \"1\"\npackage = \"ops-core\"", None, Some("ops_core")),
            ("[package]\nname = \"ops-core\"", None, None),
        ] {
            for (root, name) in [(Root::Ops, ops), (Root::OpsCore, ops_core)] {
                assert_eq!(renamed(root, manifest, String::new).as_deref(), name, "{root:?}: {manifest}");
            }
        }
    }

    #[test]
    fn finds_ops_core_renamed_in_the_workspace_manifest() {
        let workspace = "[workspace.dependencies]\nmy-core = { package = \"ops-core\" }\nops = \"1\"";
        let manifest = "[dependencies]\nmy-core.workspace = true\nops.workspace = true";
        let renamed = |root| renamed(root, manifest, || workspace.to_owned());
        assert_eq!(renamed(Root::OpsCore).as_deref(), Some("my_core"));
        assert_eq!(renamed(Root::Ops), None);
    }

    #[test]
    fn finds_renamed_dependency_in_every_manifest_syntax() {
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
    fn finds_name_inherited_from_the_workspace() {
        let workspace = "[workspace]\n[workspace.dependencies]\nmy-ops = { package = \"ops\", path = \"ops\" }";
        for manifest in ["[dependencies]\nmy-ops.workspace = true", "[dependencies]\nmy-ops = { workspace = true }"] {
            assert_eq!(name_in(manifest, workspace).as_deref(), Some("my_ops"), "{manifest}");
        }
    }

    #[test]
    fn default_name_is_not_looked_up_in_the_workspace() {
        let workspace = "[workspace.dependencies]\nother = { package = \"ops\" }";
        for manifest in
            ["[dependencies]\nops = \"1\"", "[dependencies]\nops.workspace = true", "[package]\nname = \"ops\""]
        {
            assert_eq!(name_in(manifest, workspace), None, "{manifest}");
        }
    }
}
