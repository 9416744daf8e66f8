//! Prints dependency cycles between files and between folders, and layer tables that fit the source.
//!
//! Usage: `cargo run -p ops-layers -- ops/src ops-macros/src`. Each argument is the source folder of a crate, relative to the
//! current folder; the crate is named after the parent folder. `-v` also prints all uses between files.

use ops_layers::{CrateSource, Sources, Workspace, file_cycles, folder_cycles, hidden_uses, suggest_table};
use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let (options, folders): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|arg| arg.starts_with('-'));
    let mut sources = Sources::default();
    let mut crates = Vec::new();
    for folder in folders.iter().map(|folder| folder.trim_end_matches('/')) {
        sources.read(Path::new("."), folder)?;
        let file = if Path::new(folder).join("lib.rs").exists() { "lib.rs" } else { "main.rs" };
        let package = folder.split('/').rev().nth(1).unwrap_or(folder);
        crates.push(CrateSource { name: package.replace('-', "_"), root: format!("{folder}/{file}") });
    }
    let workspace = Workspace::analyze(&sources, &crates)?;
    let mut out = stdout().lock();
    if options.iter().any(|option| option == "-v") {
        for used in workspace.uses.iter().filter(|used| used.file != used.target) {
            writeln!(out, "{used} ({:?})", used.kind)?;
        }
    }
    for path in &workspace.unresolved {
        writeln!(out, "unresolved: {path}")?;
    }
    writeln!(out, "# Files")?;
    file_cycles(&workspace).iter().try_for_each(|cycle| write!(out, "{cycle}"))?;
    writeln!(out, "# Folders")?;
    folder_cycles(&workspace).iter().try_for_each(|cycle| write!(out, "{cycle}"))?;
    writeln!(out, "# Uses of `#[doc(hidden)]` items of other crates")?;
    let hidden = crates.iter().flat_map(|krate| hidden_uses(&workspace, &krate.name));
    hidden.into_iter().try_for_each(|used| writeln!(out, "{used}"))?;
    writeln!(out, "# Suggested layer tables")?;
    for krate in &crates {
        writeln!(out, "{}", suggest_table(&workspace, &krate.name.replace('_', "-")))?;
    }
    Ok(())
}
