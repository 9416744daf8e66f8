//! Runs cargo on an annotated crate.

use super::error::Error;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is run.
pub(crate) struct Task {
    /// Whether the unit tests are run, rather than the crate checked.
    pub(crate) test: bool,
    /// Further arguments of cargo.
    pub(crate) cargo: Vec<String>,
}

/// What came of it.
pub(crate) enum Outcome {
    /// It compiles; the summary of its tests.
    Compiles(Option<String>),
    /// It does not; how often each error was there, and the file with what cargo printed.
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

/// Checks or tests the crate in `folder`; what cargo prints goes to the file `log`.
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

/// How often each error is in what was printed, by its code.
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
    fn errors_are_counted_by_their_code() {
        let printed = "error[E0282]: a\nerror[E0282]: b\nerror: c\nerror: could not compile `x` (lib) due to 3 errors\n\
            test a::b ... FAILED\n";
        let expected =
            [("E0282", 2), ("errors without a code", 1), ("failed tests", 1)].map(|(error, n)| (error.to_owned(), n));
        assert_eq!(errors(printed), BTreeMap::from(expected));
        let outcome = Outcome::Fails { errors: errors("error[E0282]: a"), log: "log.txt".into() };
        assert_eq!(outcome.to_string(), "fails with E0282 (1); see log.txt");
    }
}
