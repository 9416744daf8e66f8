//! Measurements in a child process per subject, so that subjects share no heap, registry or threads.

use crate::measures::{encode, health, http, memory, series, stall};
use crate::row::{Measure, ROWS, Row};
use crate::subject::Subject;
use crate::subjects::SUBJECTS;
use std::error::Error;
use std::process::Command;

/// Measures one subject of a row once in a child process; `None` if the row is not supported.
pub(crate) fn measure(row: &str, subject: &str) -> Option<f64> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program).args(["one", row, subject]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// Takes the measurement in the child process. Returns the figure to print.
pub(crate) fn run(row: &str, subject: &str) -> Option<f64> {
    let (row, subject) = find(row, subject)?;
    match row.measure {
        Measure::Encode(size) => encode::measure(subject, size),
        Measure::EncodeMemory(series) => memory::of_encoding(subject, series),
        Measure::Memory(series) => memory::per_series(subject, series),
        Measure::InsertWhileScraping(series) => stall::insert(subject, series),
        Measure::LookupWhileInserting(series) => stall::look_up(subject, series),
        Measure::Http(_) => http::measure(row.name, subject),
        Measure::Health(probe) => health::measure(row.name, probe, subject),
        Measure::Lifecycle(lifecycle) => series::measure(lifecycle),
        Measure::Operation | Measure::CompileTime(_) => None,
    }
}

/// Runs the HTTP server of a row in the child process.
pub(crate) fn serve(row: &str, subject: &str) -> Result<(), Box<dyn Error>> {
    match find(row, subject) {
        Some((Row { measure: Measure::Http(series), .. }, subject)) => http::serve(subject, *series),
        Some((Row { measure: Measure::Health(probe), .. }, subject)) => health::serve(*probe, subject),
        _ => Err(format!("cannot serve row `{row}` for subject `{subject}`: unknown, or not measured over HTTP; `--list` prints all rows").into()),
    }
}

fn find(row: &str, subject: &str) -> Option<(&'static Row, &'static Subject)> {
    let row = ROWS.iter().find(|found| found.name == row)?;
    let subject = SUBJECTS.iter().find(|found| found.name == subject)?;
    Some((row, subject))
}
