//! The crates, folders and files of this workspace, and the order of the modules that ARCHITECTURE.md has.

use ops_layers::{
    CrateSource, Cycle, LayerTable, Manifest, Sources, Workspace, crate_violations, file_cycles, folder_cycles,
    hidden_uses, layer_violations, suggest_table,
};
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Each package, and which of the others it may use.
const PACKAGES: &[(&str, &[&str])] = &[
    ("ops-canary", &[]),
    ("ops-macros", &[]),
    ("ops-core", &["ops-canary", "ops-macros"]),
    ("ops", &["ops-core"]),
    ("opsctl", &["ops"]),
];

/// Files that use each other because they define mutually recursive types, and why these stand in several files.
const MUTUALLY_RECURSIVE: &[(&[&str], &str)] = &[(
    &["ops/src/rbac/certificate.rs", "ops/src/rbac/error.rs"],
    "`PolicyError` names the `CertificateName` that is taken, and making a `CertificateName` can be a `PolicyError`",
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
fn every_path_into_our_crates_resolves() {
    assert_none("paths that name nothing, so that their uses are not known", &WORKSPACE.unresolved);
}

#[test]
fn crates_use_only_crates_below() {
    let manifests = packages().map(|package| {
        let text = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        Manifest::parse(&text).unwrap()
    });
    let violations = crate_violations(&WORKSPACE, &manifests.collect::<Vec<_>>(), PACKAGES);
    assert_none("dependencies between packages that the table does not allow", &violations);
}

#[test]
fn ops_and_opsctl_use_documented_api_only() {
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
    assert_none("entries of `MUTUALLY_RECURSIVE` that are no cycle, or not in alphabetical order", &stale);
}

#[test]
fn modules_use_only_modules_of_earlier_rows() {
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let tables = LayerTable::parse(&document);
    let mut violations = Vec::new();
    for package in packages() {
        let found = match tables.iter().filter(|table| table.package == package).collect::<Vec<_>>().as_slice() {
            [table] => layer_violations(&WORKSPACE, table),
            tables => vec![format!("ARCHITECTURE.md has {} blocks `layers {package}`, not one", tables.len())],
        };
        if !found.is_empty() {
            violations.extend(found);
            violations.push(format!("an order that fits the source:\n{}", suggest_table(&WORKSPACE, package)));
        }
    }
    let known = |table: &&LayerTable| !packages().any(|package| package == table.package);
    violations.extend(tables.iter().filter(known).map(|table| format!("there is no package `{}`", table.package)));
    assert_none("contradictions to the tables of ARCHITECTURE.md", &violations);
}

/// Fails with a list of what was found.
fn assert_none<T: Display>(what: &str, found: &[T]) {
    let list: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{} {what}:\n{}\n", found.len(), list.join("\n"));
}

/// Returns the packages of the table.
fn packages() -> impl Iterator<Item = &'static str> {
    PACKAGES.iter().map(|(package, _)| *package)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
