//! Builds and runs programs of the workspace.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tokio::process::Command;

/// The exit code and output of a program.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProgramOutput {
    /// Exit code, or `None` if a signal terminated the process.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Returns a `cargo` command that runs in the workspace root.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(workspace()).kill_on_drop(true).stdin(Stdio::null());
    cargo
}

/// Returns the workspace root.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package must be in a folder of the workspace")
}

/// Runs `cargo build` with `arguments`, which must select one binary, and returns its path.
///
/// # Panics
/// Panics if the build fails.
pub async fn build(arguments: &[&str]) -> PathBuf {
    let build =
        run(cargo().args(["build", "--locked", "--message-format=json-render-diagnostics"]).args(arguments)).await;
    assert_eq!(build.code, Some(0), "cargo build {arguments:?}:\n{}", build.stderr);
    let messages = build.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executables: Vec<_> =
        messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?))).collect();
    let [executable] = executables.as_slice() else {
        panic!("cargo build {arguments:?} must build one executable: {executables:?}")
    };
    executable.clone()
}

/// Returns a command that runs the ignored test `name` of this test binary in a separate process.
///
/// # Panics
/// Panics if the path of the test binary is unknown.
pub fn ignored_test(name: &str) -> std::process::Command {
    let mut command =
        std::process::Command::new(std::env::current_exe().expect("the path of this test binary must be known"));
    command.args(["--exact", name, "--ignored", "--nocapture"]);
    command
}

/// Runs a command and returns its exit code and output.
///
/// # Panics
/// Panics if the command cannot be started or its output is not UTF-8.
pub async fn run(command: &mut Command) -> ProgramOutput {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let Output { status, stdout, stderr } = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("the output must be UTF-8"));
    ProgramOutput { code: status.code(), stdout, stderr }
}
