//! Builds, links and runs the programs of `fixtures` and `c`.

use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Libraries of the system that the standard library of Rust needs, and so whoever links a `staticlib`.
const SYSTEM_LIBRARIES: [&str; 4] = ["-lm", "-ldl", "-lpthread", "-lrt"];

/// The folder of this package.
const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Builds what `arguments` of `cargo rustc` select, and returns the path of the result: an executable or a library.
///
/// # Panics
/// If it does not build.
pub fn cargo_rustc(arguments: &[&str]) -> PathBuf {
    let stdout = output(&mut cargo(arguments));
    let messages = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut artifacts = messages.filter(|message| message["reason"] == "compiler-artifact");
    let last = artifacts.next_back().and_then(|artifact| Some(artifact["filenames"][0].as_str()?.into()));
    last.unwrap_or_else(|| panic!("cargo rustc {arguments:?} made nothing"))
}

/// Returns the errors of a build that fails.
///
/// # Panics
/// If it does not fail.
pub fn cargo_rustc_errors(arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = cargo(arguments).output().expect("Cargo starts");
    assert!(!status.success(), "cargo rustc {arguments:?} succeeds");
    String::from_utf8_lossy(&stderr).into_owned()
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(HERE).args(["rustc", "--locked", "--quiet", "--message-format=json-render-diagnostics"]);
    cargo.args(arguments);
    cargo
}

/// Compiles and links a C program, with `source` of the folder `c`.
///
/// # Panics
/// If it cannot be linked.
pub fn c_program(source: &str, arguments: &[impl AsRef<OsStr>]) -> CProgram {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("program");
    let mut cc = Command::new("cc");
    cc.arg(Path::new(HERE).join("c").join(source)).args(arguments).args(SYSTEM_LIBRARIES).arg("-o").arg(&path);
    output(&mut cc);
    CProgram { path, _folder: folder }
}

/// A C program in a temporary folder.
#[derive(Debug)]
pub struct CProgram {
    path: PathBuf,
    _folder: TempDir,
}

impl CProgram {
    /// Runs the program and returns what it prints.
    ///
    /// # Panics
    /// If it fails.
    pub fn run(&self, arguments: &[&Path]) -> String {
        output(Command::new(&self.path).args(arguments))
    }
}

/// Runs a program that Cargo built, as `cargo run` does, and returns what it prints.
///
/// # Panics
/// If it fails.
pub fn run(program: &Path) -> String {
    // Where shared libraries of this workspace and of the toolchain are.
    let beside = program.parent().expect("a file is in a folder");
    let toolchain = output(Command::new("rustc").current_dir(HERE).args(["--print", "target-libdir"]));
    let folders =
        [beside, &beside.join("deps"), Path::new(toolchain.trim())].map(|folder| folder.display().to_string());
    output(Command::new(program).env("LD_LIBRARY_PATH", folders.join(":")))
}

/// Runs a command to its end, and returns its standard output.
fn output(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}\n{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("UTF-8")
}
