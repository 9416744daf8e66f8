//! A guard that does not depend on what else the machine does: how many instructions the hot paths take, counted by
//! callgrind and compared with a committed baseline.

use crate::subject::{Kind, Operation, Role, Size, leak};
use crate::subjects::SUBJECTS;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::process::{Command, ExitCode};

/// The paths that are guarded: rows that repeat an operation, and one that writes text.
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
/// The loop without anything in it.
const EMPTY: &str = "empty";
/// More than this above the baseline is a regression.
const TOLERANCE: f64 = 0.10;

/// Instructions a repetition, by path.
type Counts = BTreeMap<String, f64>;

/// Where the baseline is.
const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.json");

/// Counts, and compares with the baseline; with `bless`, what is counted becomes the baseline.
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
            Some(before) => format!("{before:.1} | holds"),
            None => {
                code = ExitCode::FAILURE;
                "- | NEW: accept it with `--bless`".to_owned()
            }
        };
        println!("| {path} | {count:.1} | {verdict} |");
    }
    Ok(code)
}

fn count_all() -> Result<Counts, Box<dyn Error>> {
    let mut counts = Counts::new();
    let empty = count(EMPTY, 10_000)?;
    for (path, times) in PATHS.iter().filter(|(path, _)| operation(path).is_some()) {
        let count = (count(path, *times)? - empty).max(0.0);
        // What is set up once is no part of it.
        counts.insert((*path).to_owned(), (count * 10.0).round() / 10.0);
    }
    Ok(counts)
}

/// Instructions a repetition of a path.
fn count(path: &str, times: u64) -> Result<f64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg("--toggle-collect=*instructions::counted*")
        .arg(std::env::current_exe()?)
        .args(["repeat", path, &times.to_string()])
        .output()
        .map_err(|error| format!("valgrind does not run ({error}): install the package `valgrind`"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse::<f64>().ok());
    match collected {
        Some(collected) if output.status.success() => Ok(collected / times as f64),
        _ => Err(format!("callgrind counted nothing for `{path}`:\n{said}").into()),
    }
}

/// What callgrind watches: some repetitions, after a few that it does not count.
pub(crate) fn repeat(path: &str, times: u64) -> Result<(), Box<dyn Error>> {
    let operation = if path == EMPTY { Some(Operation::new(|_| ())) } else { operation(path) };
    let operation = operation.ok_or_else(|| format!("there is no path `{path}`"))?;
    operation.repeat(3);
    counted(&operation, times);
    Ok(())
}

#[inline(never)]
fn counted(operation: &Operation, times: u64) {
    operation.repeat(times);
}

/// How `ops` does it.
fn operation(path: &str) -> Option<Operation> {
    let ops = SUBJECTS.iter().find(|subject| subject.role == Role::Ops)?;
    if path != ENCODE {
        return ops.ways.iter().find(|way| way.row == path).map(|way| (way.prepare)());
    }
    let exporter = leak(ops.exporter?(Size { kind: Kind::Counter, series: 1_000 }));
    (0..1_000).for_each(|series| exporter.make(series));
    Some(Operation::new(|_| {
        let mut text = Vec::with_capacity(128 * 1024);
        exporter.encode(&mut text);
        text.len()
    }))
}
