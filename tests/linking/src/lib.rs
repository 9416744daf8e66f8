//! Builds, links and runs the test programs in `fixtures` and `c`.

use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// System libraries that the Rust standard library depends on; required to link a `staticlib`.
const SYSTEM_LIBRARIES: [&str; 4] = ["-lm", "-ldl", "-lpthread", "-lrt"];

/// Folder of this package.
const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Runs `cargo rustc` with `arguments` and returns the path of the executable or library.
///
/// # Panics
/// Panics if the build fails.
pub fn cargo_rustc(arguments: &[&str]) -> PathBuf {
    let stdout = output(&mut cargo(arguments));
    let messages = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut artifacts = messages.filter(|message| message["reason"] == "compiler-artifact");
    let last = artifacts.next_back().and_then(|artifact| Some(artifact["filenames"][0].as_str()?.into()));
    last.unwrap_or_else(|| panic!("cargo rustc {arguments:?} produced no artifact"))
}

/// Runs `cargo rustc` with `arguments` and returns its errors.
///
/// # Panics
/// Panics if the build succeeds.
pub fn cargo_rustc_errors(arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = cargo(arguments).output().expect("cargo must start");
    assert!(!status.success(), "cargo rustc {arguments:?} must fail");
    String::from_utf8_lossy(&stderr).into_owned()
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(HERE).args(["rustc", "--locked", "--quiet", "--message-format=json-render-diagnostics"]);
    cargo.args(arguments);
    cargo
}

/// Compiles and links the C program `source` in the folder `c`.
///
/// # Panics
/// Panics if compiling or linking fails.
pub fn c_program(source: &str, arguments: &[impl AsRef<OsStr>]) -> CProgram {
    let folder = tempfile::tempdir().expect("a temporary folder must be creatable");
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
    /// Runs the program and returns its standard output.
    ///
    /// # Panics
    /// Panics if the program fails.
    pub fn run(&self, arguments: &[&Path]) -> String {
        output(Command::new(&self.path).args(arguments))
    }
}

/// Runs a program built by Cargo, as `cargo run` does, and returns its standard output.
///
/// # Panics
/// Panics if the program fails.
pub fn run(program: &Path) -> String {
    // Like `cargo run`, finds the shared libraries of this workspace and of the toolchain.
    let beside = program.parent().expect("the path must have a parent folder");
    let toolchain = output(Command::new("rustc").current_dir(HERE).args(["--print", "target-libdir"]));
    let folders =
        [beside, &beside.join("deps"), Path::new(toolchain.trim())].map(|folder| folder.display().to_string());
    output(Command::new(program).env("LD_LIBRARY_PATH", folders.join(":")))
}

/// Runs a command and returns its standard output.
fn output(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}\n{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("the output must be UTF-8")
}
