//! `ops-annotate`: puts `#[ops::metric]` and `#[ops::instrument_span]` on every function of a published crate, and checks that it
//! still compiles.
//!
//! The functions of other projects have shapes that no test here thinks of. `.ci/run` annotates three small crates.

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

/// Puts the attributes `metric` and `instrument_span` of `ops` on every function of a published crate, and checks that it still compiles.
///
/// The source comes from cargo's registry and is annotated in a copy below target/annotate. Left as they are: functions without a
/// body, `const fn`, `main`, tests, functions with C's variable arguments, and what `macro_rules!` defines.
///
/// Prints one line. Exits with 1 if the crate does not compile, and with 2 if it cannot be tried.
#[derive(Parser)]
#[command(name = "ops-annotate")]
struct CommandLine {
    /// Runs the unit tests of the crate too.
    #[arg(long)]
    test: bool,
    /// Name of the crate, such as `tower`.
    name: String,
    /// Its exact version, such as `0.5.3`.
    version: String,
    /// Arguments for cargo, such as `-- --features full`.
    #[arg(last = true)]
    cargo: Vec<String>,
}

fn main() -> ExitCode {
    let CommandLine { test, name, version, cargo } = CommandLine::parse();
    match tried(&name, &version, Task { test, cargo }) {
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

/// The number of annotated functions, and the result of compiling the crate with them.
fn tried(name: &str, version: &str, task: Task) -> Result<(usize, Outcome), Error> {
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

/// All `.rs` files below `folder`.
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
