//! The resolver and the rules on small source trees, and the rules on this workspace.

mod resolver;
mod rules;
mod workspace;

use ops_layers::{CrateSource, Sources, Workspace};

/// Analyzes the crates whose root files are among `files`: `a/lib.rs` is that of the crate `a`.
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
