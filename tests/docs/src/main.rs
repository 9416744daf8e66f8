//! Prints violations of the rules for texts: `cargo run -p ops-docs -- README.md ops/src/health`.
//!
//! The arguments are files and folders relative to the current folder, which must be the workspace root; without arguments, all texts
//! are checked.

use ops_docs::{Finding, links, phrases, spelling, summaries};
use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let selected: Vec<String> = std::env::args().skip(1).collect();
    let texts = ops_docs::workspace(Path::new("."))?;
    let is_selected = |file: &str| {
        let below = |path: &String| Path::new(file).starts_with(path);
        selected.is_empty() || selected.iter().any(below)
    };
    let mut findings: Vec<Finding> = Vec::new();
    for (file, text) in texts.iter().filter(|(file, _)| is_selected(file)) {
        if file.ends_with(".rs") {
            findings.extend(summaries(file, text)?);
        }
        if file.ends_with(".md") {
            findings.extend(links(file, text, &texts));
        }
        findings.extend(spelling(file, text));
        findings.extend(phrases(file, text));
    }
    let mut out = stdout().lock();
    findings.iter().try_for_each(|finding| writeln!(out, "{finding}"))?;
    writeln!(out, "{} findings", findings.len())?;
    Ok(())
}
