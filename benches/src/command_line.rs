//! Command-line arguments.

use crate::row::{Measure, ROWS, Row};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Benchmarks `ops` against peer libraries and against a hand-written lower bound.
#[derive(Debug, Parser)]
#[command(about, long_about = None, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// Run only rows whose name contains one of these patterns.
    #[arg(long, value_name = "PATTERN", num_args = 1.., value_delimiter = ',')]
    rows: Vec<String>,

    /// Run all rows, including those that take minutes.
    #[arg(long)]
    all: bool,

    /// Number of measurements per row; the median is reported.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = at_least_one)]
    pub(crate) rounds: usize,

    /// Write the results to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Print all measured variants below each row.
    #[arg(long)]
    pub(crate) details: bool,

    /// List the rows without running them.
    #[arg(long)]
    pub(crate) list: bool,

    #[command(subcommand)]
    pub(crate) action: Option<Action>,
}

/// Subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Count instructions of the hot paths, and fail if a count exceeds its baseline by more than 10 %.
    ///
    /// Requires valgrind.
    Instructions {
        /// Write the counts to the baseline file before comparing.
        #[arg(long)]
        bless: bool,
    },
    /// Repeat a hot path under callgrind.
    #[command(hide = true)]
    Repeat {
        /// Name of the path.
        path: String,
        /// Number of repetitions.
        times: u64,
    },
    /// Measure one subject of a row once and print the figure.
    #[command(hide = true)]
    One {
        /// Name of the row.
        row: String,
        /// Name of the subject.
        subject: String,
    },
    /// Run the HTTP server of a row until standard input is closed.
    #[command(hide = true)]
    Serve {
        /// Name of the row.
        row: String,
        /// Name of the subject.
        subject: String,
    },
}

impl Arguments {
    /// Returns the selected rows.
    ///
    /// Rows that take minutes are selected by a pattern, `--all` or `--list` only.
    ///
    /// # Errors
    /// Returns an error if a pattern matches no row.
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
        Ok(0) | Err(_) => Err("expected an integer greater than 0".to_owned()),
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
    fn selects_rows_that_contain_any_pattern() {
        let selected = ["gauge_set", "memory_per_series"];
        assert_eq!(rows(&["--rows", "gauge_set", "memory_per"]), Ok(selected.to_vec()));
        assert_eq!(rows(&["--rows", "gauge_set", "--rows", "memory_per"]), Ok(selected.to_vec()));
        assert_eq!(rows(&["--rows", "gauge_set,memory_per"]), Ok(selected.to_vec()));
    }

    #[test]
    fn rejects_pattern_that_matches_no_row() {
        let error = "invalid `--rows`: no row contains `gage`; `--list` prints all rows";
        assert_eq!(rows(&["--rows", "gauge_set", "gage"]), Err(error.to_owned()));
    }
}
