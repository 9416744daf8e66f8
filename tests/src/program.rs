//! Programs of the workspace, built and run as a user does.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tokio::process::Command;

/// How a program ended.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it printed about what is wrong.
    pub stderr: String,
}

/// Cargo, in the root of the workspace.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(workspace()).kill_on_drop(true).stdin(Stdio::null());
    cargo
}

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are in a folder of the workspace")
}

/// Builds what `arguments` of `cargo build` select, one binary, and gives the path of it.
///
/// # Panics
/// When it does not build.
pub async fn build(arguments: &[&str]) -> PathBuf {
    let build =
        run(cargo().args(["build", "--locked", "--message-format=json-render-diagnostics"]).args(arguments)).await;
    assert_eq!(build.code, Some(0), "cargo build {arguments:?}:\n{}", build.stderr);
    let messages = build.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executables: Vec<_> =
        messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?))).collect();
    let [executable] = executables.as_slice() else { panic!("cargo build {arguments:?} made {executables:?}") };
    executable.clone()
}

/// The ignored test `name` of the test binary that calls this, in a process of its own, with its output.
///
/// # Panics
/// If the path of the test binary is unknown.
pub fn ignored_test(name: &str) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::current_exe().expect("the path of this test binary"));
    command.args(["--exact", name, "--ignored", "--nocapture"]);
    command
}

/// Runs a command to its end.
///
/// # Panics
/// When it cannot be started, or prints what is not text.
pub async fn run(command: &mut Command) -> Ended {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let Output { status, stdout, stderr } = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("text in UTF-8"));
    Ended { code: status.code(), stdout, stderr }
}
