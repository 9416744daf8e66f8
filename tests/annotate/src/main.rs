//! `ops-annotate`: tests the attribute macros of `ops` on every function of a published crate.
//!
//! Adds `#[ops::metric]` and `#[ops::instrument_span]` to each function and checks that the crate still compiles. Third-party code
//! has function signatures that handwritten tests miss. `.ci/run` annotates three small crates.

mod annotate;
mod copy;
mod error;
mod manifest;
mod registry;
mod run;

use clap::Parser;
use error::Error;
use run::{Outcome, Task};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Annotates every function of a published crate with `ops` attributes and checks that it compiles.
///
/// The attributes are `metric` and `instrument_span`. The crate is downloaded by cargo and annotated in a copy in target/annotate.
/// Skips functions without a body, `const fn`, `main`, tests, C-variadic functions, and functions that `macro_rules!` defines.
///
/// Prints one line. Exits with 1 if the crate does not compile, and with 2 if the check could not be run.
#[derive(Parser)]
#[command(name = "ops-annotate")]
struct CommandLine {
    /// Also run the unit tests of the crate.
    #[arg(long)]
    test: bool,
    /// Name of the crate, such as `tower`.
    name: String,
    /// Exact version of the crate, such as `0.5.3`.
    version: String,
    /// Further arguments for cargo, such as `-- --features full`.
    #[arg(last = true)]
    cargo: Vec<String>,
}

fn main() -> ExitCode {
    let CommandLine { test, name, version, cargo } = CommandLine::parse();
    match annotate_crate(&name, &version, Task { test, cargo }) {
        Ok((functions, outcome)) => {
            println!("{name} {version}: {functions} functions, {outcome}");
            if outcome.is_success() { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(error) => {
            eprintln!("cannot annotate {name} {version}: {error}");
            ExitCode::from(2)
        }
    }
}

/// Annotates and compiles a crate. Returns the number of annotated functions and the outcome.
fn annotate_crate(name: &str, version: &str, task: Task) -> Result<(usize, Outcome), Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let folder = root.join("target/annotate").join(format!("{name}-{version}"));
    let source = registry::source(name, version, &folder.join("fetched"))?;
    let annotated = folder.join("annotated");
    copy::fresh(&source, &annotated)?;
    let manifest = annotated.join("Cargo.toml");
    manifest::rewrite(&manifest, &root.join("ops"), task.test)?;
    let mut functions = 0;
    for file in source_files(&annotated.join("src"))? {
        functions += annotate::file(&file)?;
    }
    let outcome = run::cargo(&annotated, &folder.join("log.txt"), &root.join("target/annotate/target"), &task)?;
    Ok((functions, outcome))
}

/// Returns all `.rs` files in `folder` and its subfolders.
fn source_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(source_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}
