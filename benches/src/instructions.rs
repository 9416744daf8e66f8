//! Regression test for hot paths: instruction counts compared with a committed baseline.
//!
//! Callgrind counts instructions, which do not depend on the load of the machine, so that the comparison is reliable in CI.

use crate::subject::{Kind, Operation, Role, Size, leak};
use crate::subjects::SUBJECTS;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::process::{Command, ExitCode};

/// Checked paths with their number of repetitions: rows that repeat an operation, and text encoding.
const PATHS: &[(&str, u64)] = &[
    ("counter_static", 10_000),
    ("counter_closed_labels", 10_000),
    ("counter_dynamic_labels_100", 10_000),
    ("histogram_11", 10_000),
    ("histogram_native", 10_000),
    ("gauge_set", 10_000),
    ("fn_metric_sync", 10_000),
    ("fn_metric_async", 10_000),
    ("fn_metric_async_10_awaits", 10_000),
    ("fn_span_no_observer", 10_000),
    (ENCODE, 20),
];
const ENCODE: &str = "encode_counters_1000";
/// Name of the empty loop, whose instructions are subtracted from each count.
const EMPTY: &str = "empty";
/// Maximum increase over the baseline, as a fraction.
const TOLERANCE: f64 = 0.10;

/// Instructions per repetition, by path.
type Counts = BTreeMap<String, f64>;

/// Path of the baseline file.
const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.json");

/// Counts instructions and compares them with the baseline; with `bless`, updates the baseline first.
pub(crate) fn check(bless: bool) -> Result<ExitCode, Box<dyn Error>> {
    let counts = count_all()?;
    if bless {
        fs::write(BASELINE, serde_json::to_string_pretty(&counts)? + "\n")?;
    }
    let baseline: Counts = serde_json::from_str(&fs::read_to_string(BASELINE)?)?;
    let mut code = ExitCode::SUCCESS;
    println!("| path | instructions | baseline | |\n|---|---|---|---|");
    for (path, count) in &counts {
        let verdict = match baseline.get(path) {
            Some(before) if *count > before * (1.0 + TOLERANCE) => {
                code = ExitCode::FAILURE;
                format!("{before:.1} | REGRESSED by {:.0} %", (count / before - 1.0) * 100.0)
            }
            Some(before) => format!("{before:.1} | ok"),
            None => {
                code = ExitCode::FAILURE;
                "- | NEW: run with `--bless` to add it to the baseline".to_owned()
            }
        };
        println!("| {path} | {count:.1} | {verdict} |");
    }
    Ok(code)
}

/// Counts the instructions of all paths, without those of the loop.
fn count_all() -> Result<Counts, Box<dyn Error>> {
    let mut counts = Counts::new();
    let empty = count(EMPTY, 10_000)?;
    for (path, times) in PATHS.iter().filter(|(path, _)| operation(path).is_some()) {
        let count = (count(path, *times)? - empty).max(0.0);
        // Rounding removes the amortized cost of entering the loop.
        counts.insert((*path).to_owned(), (count * 10.0).round() / 10.0);
    }
    Ok(counts)
}

/// Returns the instructions per repetition of a path.
fn count(path: &str, times: u64) -> Result<f64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg("--toggle-collect=*instructions::counted*")
        .arg(std::env::current_exe()?)
        .args(["repeat", path, &times.to_string()])
        .output()
        .map_err(|error| format!("cannot run `valgrind`: {error}; install the package `valgrind`"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse::<f64>().ok());
    match collected {
        Some(collected) if output.status.success() => Ok(collected / times as f64),
        _ => Err(format!("cannot count instructions of `{path}`: callgrind reported none:\n{report}").into()),
    }
}

/// Repeats a path under callgrind, after three repetitions of warm-up that are not counted.
pub(crate) fn repeat(path: &str, times: u64) -> Result<(), Box<dyn Error>> {
    let operation = if path == EMPTY { Some(Operation::new(|_| ())) } else { operation(path) };
    let operation = operation.ok_or_else(|| format!("unknown path `{path}`; see `PATHS`"))?;
    operation.repeat(3);
    counted(&operation, times);
    Ok(())
}

/// Repeats the operation. Callgrind collects only inside this function, by its name.
#[inline(never)]
fn counted(operation: &Operation, times: u64) {
    operation.repeat(times);
}

/// Returns the operation of `ops` for a path.
fn operation(path: &str) -> Option<Operation> {
    let ops = SUBJECTS.iter().find(|subject| subject.role == Role::Ops)?;
    if path != ENCODE {
        return ops.variants.iter().find(|variant| variant.row == path).map(|variant| (variant.prepare)());
    }
    let exporter = leak(ops.exporter?(Size { kind: Kind::Counter, series: 1_000 }));
    (0..1_000).for_each(|series| exporter.make(series));
    Some(Operation::new(|_| {
        let mut text = Vec::with_capacity(128 * 1024);
        exporter.encode(&mut text);
        text.len()
    }))
}
