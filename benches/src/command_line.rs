//! What the program is asked to do.

use crate::row::{Measure, ROWS, Row};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// `ops` side by side with its peers, and with what the machine allows.
#[derive(Debug, Parser)]
#[command(about, long_about = None, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// Runs only the rows whose names contain one of these patterns.
    #[arg(long, value_name = "PATTERN", num_args = 1.., value_delimiter = ',')]
    rows: Vec<String>,

    /// Runs the rows that take minutes, too.
    #[arg(long)]
    all: bool,

    /// How often everything is measured.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = at_least_one)]
    pub(crate) rounds: usize,

    /// Writes the results to a file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Prints every way that was measured below its row.
    #[arg(long)]
    pub(crate) details: bool,

    /// Names the rows, and runs none.
    #[arg(long)]
    pub(crate) list: bool,

    #[command(subcommand)]
    pub(crate) action: Option<Action>,
}

/// What else it can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Counts the instructions of the hot paths with valgrind, and fails if one takes over 10 % more than the baseline.
    Instructions {
        /// Makes what is counted the baseline.
        #[arg(long)]
        bless: bool,
    },
    /// Repeats a hot path, for valgrind to watch.
    #[command(hide = true)]
    Repeat {
        /// The path.
        path: String,
        /// How often.
        times: u64,
    },
    /// Measures one subject of a row once, and prints the number.
    #[command(hide = true)]
    One {
        /// The row.
        row: String,
        /// The subject.
        subject: String,
    },
    /// Serves what a row asks for, until standard input ends.
    #[command(hide = true)]
    Serve {
        /// The row.
        row: String,
        /// The subject.
        subject: String,
    },
}

impl Arguments {
    /// Returns the selected rows. Rows that take minutes are selected by a pattern, `--all` or `--list` only.
    ///
    /// # Errors
    /// If a pattern matches no row.
    pub(crate) fn rows(&self) -> Result<Vec<&'static Row>, String> {
        if self.rows.is_empty() {
            let by_default = |row: &&Row| self.all || self.list || !matches!(row.measure, Measure::CompileTime(_));
            return Ok(ROWS.iter().filter(by_default).collect());
        }
        let matches = |row: &Row, pattern: &String| row.name.contains(pattern.as_str());
        if let Some(pattern) = self.rows.iter().find(|pattern| !ROWS.iter().any(|row| matches(row, pattern))) {
            return Err(format!("invalid `--rows`: no row contains `{pattern}`; `--list` prints all rows"));
        }
        Ok(ROWS.iter().filter(|row| self.rows.iter().any(|pattern| matches(row, pattern))).collect())
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number above 0".to_owned()),
        Ok(number) => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(arguments: &[&str]) -> Result<Vec<&'static str>, String> {
        let arguments = Arguments::parse_from([&["ops-bench"], arguments].concat());
        arguments.rows().map(|rows| rows.iter().map(|row| row.name).collect())
    }

    #[test]
    fn selects_the_rows_that_contain_any_of_several_patterns() {
        let selected = ["gauge_set", "memory_per_series"];
        assert_eq!(rows(&["--rows", "gauge_set", "memory_per"]), Ok(selected.to_vec()));
        assert_eq!(rows(&["--rows", "gauge_set", "--rows", "memory_per"]), Ok(selected.to_vec()));
        assert_eq!(rows(&["--rows", "gauge_set,memory_per"]), Ok(selected.to_vec()));
    }

    #[test]
    fn rejects_a_pattern_that_matches_no_row() {
        let error = "invalid `--rows`: no row contains `gage`; `--list` prints all rows";
        assert_eq!(rows(&["--rows", "gauge_set", "gage"]), Err(error.to_owned()));
    }
}
