//! What the program is asked to do.

use crate::row::{Measure, ROWS, Row};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// `ops` side by side with its peers, and with what the machine allows.
#[derive(Debug, Parser)]
#[command(about, long_about = None, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// Runs only the rows whose name has this in it.
    #[arg(long, value_name = "PATTERN")]
    rows: Option<String>,

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
    /// The rows to run: of those that take minutes, only what is asked for.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &'static Row> {
        ROWS.iter().filter(|row| match &self.rows {
            Some(pattern) => row.name.contains(pattern.as_str()),
            None => self.all || self.list || !matches!(row.measure, Measure::CompileTime(_)),
        })
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number above 0".to_owned()),
        Ok(number) => Ok(number),
    }
}
