//! Benchmarks of `ops` against peer libraries and against a hand-written lower bound.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml -- --rows counter
//! ```
//!
//! A row is one operation that every library performs through its own API. `benches/README.md` describes the method, the report and
//! its limitations.

mod child;
mod command_line;
mod function;
mod input;
mod instructions;
mod measures;
mod progress;
mod result;
mod row;
mod run;
mod subject;
mod subjects;
mod table;

use clap::Parser;
use command_line::{Action, Arguments};
use progress::Progress;
use result::RowResult;
use row::Row;
use std::error::Error;
use std::fs::File;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match execute(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ops-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn execute(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    match &arguments.action {
        Some(Action::Instructions { bless }) => return instructions::check(*bless),
        Some(Action::Repeat { path, times }) => instructions::repeat(path, *times)?,
        Some(Action::One { row, subject }) => match child::run(row, subject) {
            Some(number) => println!("{number}"),
            None => println!("-"),
        },
        Some(Action::Serve { row, subject }) => child::serve(row, subject)?,
        None if arguments.list => list(&arguments.rows()?),
        None => {
            let results = run(arguments, &arguments.rows()?);
            if let Some(file) = &arguments.json {
                serde_json::to_writer_pretty(File::create(file)?, &results)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(rows: &[&Row]) {
    for row in rows {
        println!("{:<30} {} [{}]", row.name, row.about, row.measure.unit());
    }
}

/// Measures `rows` and prints each result as soon as it is available.
fn run(arguments: &Arguments, rows: &[&'static Row]) -> Vec<RowResult> {
    let progress = Progress::new();
    let mut results = Vec::new();
    println!("{}", table::HEAD);
    for row in rows {
        let measurements = run::run(row, arguments.rounds, &progress);
        progress.end();
        for threads in threads(row) {
            let result = RowResult::new(row, threads, &measurements, &results);
            println!("{}", table::line(&result));
            results.push(result);
        }
        if arguments.details {
            print!("{}", table::details(&measurements, row.measure.unit()));
        }
    }
    results
}

/// Returns the thread counts with which a row is measured.
fn threads(row: &Row) -> std::ops::RangeInclusive<usize> {
    if row.measure == row::Measure::Operation { 1..=2 } else { 1..=1 }
}
