//! Applies the dependency rules and the layer tables of ARCHITECTURE.md to this workspace.

use ops_layers::{
    CrateSource, Cycle, LayerTable, Manifest, Sources, Workspace, crate_violations, file_cycles, folder_cycles,
    hidden_uses, layer_violations, suggest_table,
};
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Packages with the packages they may depend on.
const PACKAGES: &[(&str, &[&str])] = &[
    ("ops-canary", &[]),
    ("ops-macros", &[]),
    ("ops-core", &["ops-canary", "ops-macros"]),
    ("ops", &["ops-core"]),
    ("opsctl", &["ops"]),
];

/// File cycles that mutually recursive types require, with the reason for separate files.
const MUTUALLY_RECURSIVE: &[(&[&str], &str)] = &[(
    &["ops/src/rbac/certificate.rs", "ops/src/rbac/error.rs"],
    "`PolicyError` contains the `CertificateName` that is in use, and creating a `CertificateName` returns a `PolicyError`",
)];

static WORKSPACE: LazyLock<Workspace> = LazyLock::new(|| {
    let mut sources = Sources::default();
    let mut crates = Vec::new();
    for package in packages() {
        let folder = format!("{package}/src");
        sources.read(&root(), &folder).unwrap();
        let file = if root().join(&folder).join("lib.rs").exists() { "lib.rs" } else { "main.rs" };
        crates.push(CrateSource { name: package.replace('-', "_"), root: format!("{folder}/{file}") });
    }
    Workspace::analyze(&sources, &crates).unwrap()
});

#[test]
fn paths_into_workspace_crates_resolve() {
    assert_none("unresolved paths", &WORKSPACE.unresolved);
}

#[test]
fn packages_use_only_allowed_packages() {
    let manifests = packages().map(|package| {
        let text = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        Manifest::parse(&text).unwrap()
    });
    let violations = crate_violations(&WORKSPACE, &manifests.collect::<Vec<_>>(), PACKAGES);
    assert_none("dependencies between packages that `PACKAGES` does not allow", &violations);
}

#[test]
fn ops_and_opsctl_use_only_documented_api() {
    let violations = ["ops", "opsctl"].map(|user| hidden_uses(&WORKSPACE, user)).concat();
    assert_none("uses of `#[doc(hidden)]` items of another crate", &violations);
}

#[test]
fn folders_have_no_cycles() {
    assert_none("cycles between folders", &folder_cycles(&WORKSPACE));
}

#[test]
fn files_have_no_cycles_except_mutually_recursive_types() {
    let is_listed = |cycle: &&Cycle| MUTUALLY_RECURSIVE.iter().any(|(files, _)| cycle.members == *files);
    let (listed, others): (Vec<Cycle>, Vec<Cycle>) =
        file_cycles(&WORKSPACE).into_iter().partition(|cycle| is_listed(&cycle));
    assert_none("cycles between files", &others);
    let stale = MUTUALLY_RECURSIVE.iter().filter(|(files, _)| !listed.iter().any(|cycle| cycle.members == *files));
    let stale: Vec<String> = stale.map(|(files, _)| files.join(", ")).collect();
    assert_none("entries of `MUTUALLY_RECURSIVE` that are not a cycle, or not in alphabetical order", &stale);
}

#[test]
fn modules_use_only_modules_of_earlier_rows() {
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let tables = LayerTable::parse(&document);
    let mut violations = Vec::new();
    for package in packages() {
        let found = match tables.iter().filter(|table| table.package == package).collect::<Vec<_>>().as_slice() {
            [table] => layer_violations(&WORKSPACE, table),
            tables => vec![format!("ARCHITECTURE.md has {} blocks `layers {package}`; expected one", tables.len())],
        };
        if !found.is_empty() {
            violations.extend(found);
            violations.push(format!("a table that fits the source:\n{}", suggest_table(&WORKSPACE, package)));
        }
    }
    let is_unknown = |table: &&LayerTable| !packages().any(|package| package == table.package);
    violations.extend(tables.iter().filter(is_unknown).map(|table| format!("unknown package `{}`", table.package)));
    assert_none("violations of the layer tables in ARCHITECTURE.md", &violations);
}

/// Panics with a list of the findings, if there are any.
fn assert_none<T: Display>(what: &str, found: &[T]) {
    let list: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{} {what}:\n{}\n", found.len(), list.join("\n"));
}

/// Returns the names of [`PACKAGES`].
fn packages() -> impl Iterator<Item = &'static str> {
    PACKAGES.iter().map(|(package, _)| *package)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
