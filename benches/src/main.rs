//! `ops` side by side with its peers, and with what the machine allows.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml -- --rows counter
//! ```
//!
//! Each row is one piece of work that every library does in the way its users do it. In every round each of them is
//! measured once, one after the other, so that what else the machine does hits all alike; what is shown is the median
//! over the rounds. Numbers of one run compare with each other, and hardly with those of another machine. Operations and
//! texts are timed in processor time of their thread, stalls and requests by the clock on the wall.
//!
//! | column | what it says |
//! |---|---|
//! | row | the work: `--list` says what it is |
//! | threads | how many do it at once; two are kept on processors 0 and 1 |
//! | ops | what it costs here |
//! | best peer | what it costs the best of the others, by its fastest way, and which that is |
//! | limit | what it costs by hand, with all left out that a library owes its users |
//! | peer / ops | how many times as good as the best peer; above 1 is better |
//! | ops / limit | how many times what the limit costs; 1 is the best that can be |
//! | bars | what was promised, and whether it holds |
//!
//! # What the limits leave out
//! They register nothing, so their cells have fixed places. A histogram is read without care for a moment at which its
//! buckets and its sum agree. Nothing overflows, nothing is refused, a thread's cells are lost with it. The hash table
//! does not grow, and two threads may lose each other's additions in it. The text is written but for its values.
//!
//! # What is fair
//! Strings of labels live as long as the program, so that a peer whose labels must be owned does not pay for copying
//! them. A peer that puts work off (`metrics` queues observations) does it within the time that is measured. Rows of
//! memory, of text and of stalls run every subject in a process of its own.

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
    match act(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ops-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn act(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    match &arguments.action {
        Some(Action::Instructions { bless }) => return instructions::check(*bless),
        Some(Action::Repeat { path, times }) => instructions::repeat(path, *times)?,
        Some(Action::One { row, subject }) => match child::answer(row, subject) {
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

/// Measures the rows that were asked for, and prints each as it is done.
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

/// With how many threads a row is measured.
fn threads(row: &Row) -> std::ops::RangeInclusive<usize> {
    if row.measure == row::Measure::Operation { 1..=2 } else { 1..=1 }
}
