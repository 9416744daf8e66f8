//! The layers of `ops`: a module names only modules of earlier rows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `ops`, from the bottom up; ARCHITECTURE.md says what each is for.
const LAYERS: &[&str] = &[
    "name",
    "clock",
    "settings_file",
    "descriptor",
    "metric",
    "span",
    "health",
    "checks",
    "registry",
    "snapshot",
    "exposition",
    "rbac",
    "cluster",
    "audit",
    "tls",
    "admin",
    "server",
    "linked",
    "api",
    "serve",
    "__private",
    "__fuzz",
];

#[test]
fn a_module_names_only_modules_of_earlier_rows() {
    let mut violations = Vec::new();
    for file in rust_files(&source()) {
        let (module, text) = (module_of(&file), fs::read_to_string(&file).unwrap());
        let Some(row) = row(&module) else { continue };
        for named in named_modules(&text).iter().filter(|named| **named != module) {
            match self::row(named) {
                Some(other) if other < row => {}
                Some(_) => violations.push(format!("{}: `{module}` names the later `{named}`", file.display())),
                None => violations.push(format!("{}: `{module}` names `crate::{named}`", file.display())),
            }
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn every_module_has_its_row() {
    let modules: BTreeSet<String> = rust_files(&source()).iter().map(|file| module_of(file)).collect();
    let known: BTreeSet<String> = LAYERS.iter().map(|layer| (*layer).to_owned()).chain(["lib".to_owned()]).collect();
    assert_eq!(modules, known);
}

#[test]
fn the_table_of_the_architecture_is_this_one() {
    let text = fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    let table = text.split("```").find(|block| block.starts_with("layers\n")).expect("a block of layers");
    let rows = table.lines().skip(1).flat_map(|line| {
        let names = line.split("  ").next().unwrap_or_default();
        names.split(" · ").map(|name| name.trim().to_owned())
    });
    assert_eq!(rows.filter(|name| !name.is_empty()).collect::<Vec<_>>(), LAYERS);
}

fn row(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == module)
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn source() -> PathBuf {
    workspace().join("ops/src")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| match path.is_dir() {
            true => rust_files(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

/// The top-level module that a file belongs to.
fn module_of(file: &Path) -> String {
    let below = file.strip_prefix(source()).unwrap();
    below.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// What follows each `crate::` or `ops::` outside comments: the modules that a file names.
fn named_modules(text: &str) -> BTreeSet<String> {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.flat_map(|line| line.match_indices("crate::").map(move |(at, found)| &line[at + found.len()..]))
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => list.split(['}', ',']).map(str::trim).collect::<Vec<_>>(),
            None => vec![rest],
        })
        .map(|path| path.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect::<String>())
        .filter(|name| !name.is_empty())
        .collect()
}
