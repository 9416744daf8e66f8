//! Tests the resolver and the rules with small source trees, and applies the rules to this workspace.

mod resolver;
mod rules;
mod workspace;

use ops_layers::{CrateSource, Sources, Workspace};

/// Analyzes the crates in `files`. Each `a/lib.rs` is the root of a crate `a`.
fn analyze(files: &[(&str, &str)]) -> Workspace {
    let sources: Sources = files.iter().copied().collect();
    let roots = files.iter().map(|(path, _)| *path).filter(|path| path.ends_with("/lib.rs"));
    let crates: Vec<CrateSource> = roots
        .map(|root| CrateSource { name: root.trim_end_matches("/lib.rs").to_owned(), root: root.to_owned() })
        .collect();
    Workspace::analyze(&sources, &crates).unwrap()
}

fn no_paths() -> Vec<String> {
    Vec::new()
}
