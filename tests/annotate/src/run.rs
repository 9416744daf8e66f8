//! Runs cargo on an annotated crate.

use super::error::Error;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Options of a run.
pub(crate) struct Task {
    /// Run the unit tests, rather than only check the crate.
    pub(crate) test: bool,
    /// Further arguments for cargo.
    pub(crate) cargo: Vec<String>,
}

/// Outcome of a run.
pub(crate) enum Outcome {
    /// The crate compiles. Contains the test summary, if tests were run.
    Compiles(Option<String>),
    /// Compilation or tests fail. Contains the number of errors by code, and the log file.
    Fails { errors: BTreeMap<String, usize>, log: PathBuf },
}

impl Outcome {
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Outcome::Compiles(_))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Compiles(None) => f.write_str("compiles"),
            Outcome::Compiles(Some(tests)) => write!(f, "compiles; {tests}"),
            Outcome::Fails { errors, log } => {
                let errors = errors.iter().map(|(error, times)| format!("{error} ({times})")).collect::<Vec<_>>();
                write!(f, "fails with {}; see {}", errors.join(", "), log.display())
            }
        }
    }
}

/// Checks or tests the crate in `folder` and writes the output of cargo to the file `log`.
pub(crate) fn cargo(folder: &Path, log: &Path, target: &Path, task: &Task) -> Result<Outcome, Error> {
    let command = if task.test { "test" } else { "check" };
    let output = Command::new("cargo")
        .args([command, "--quiet", "--lib"])
        .args(&task.cargo)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .output()?;
    let printed = [output.stdout, output.stderr].concat();
    fs::write(log, &printed)?;
    let printed = String::from_utf8_lossy(&printed);
    if output.status.success() {
        return Ok(Outcome::Compiles(printed.lines().find(|line| line.starts_with("test result")).map(str::to_owned)));
    }
    Ok(Outcome::Fails { errors: errors(&printed), log: log.to_owned() })
}

/// Counts the errors in the output of cargo by error code.
fn errors(printed: &str) -> BTreeMap<String, usize> {
    let mut errors = BTreeMap::new();
    for line in printed.lines() {
        let error = match line.strip_prefix("error[").and_then(|rest| rest.split(']').next()) {
            Some(code) => code.to_owned(),
            None if line.starts_with("error: could not compile") => continue,
            None if line.starts_with("error") => "errors without a code".to_owned(),
            None if line.starts_with("test ") && line.ends_with("FAILED") => "failed tests".to_owned(),
            None => continue,
        };
        *errors.entry(error).or_default() += 1;
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_errors_by_code() {
        let printed = "error[E0282]: a\nerror[E0282]: b\nerror: c\nerror: could not compile `x` (lib) due to 3 errors\n\
            test a::b ... FAILED\n";
        let expected =
            [("E0282", 2), ("errors without a code", 1), ("failed tests", 1)].map(|(error, n)| (error.to_owned(), n));
        assert_eq!(errors(printed), BTreeMap::from(expected));
        let outcome = Outcome::Fails { errors: errors("error[E0282]: a"), log: "log.txt".into() };
        assert_eq!(outcome.to_string(), "fails with E0282 (1); see log.txt");
    }
}
