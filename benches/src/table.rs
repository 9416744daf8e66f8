//! Report: results as a Markdown table.

use crate::result::{Measurement, RowResult, Verdict};
use std::fmt::Write;

/// Header row and separator of the table.
pub(crate) const HEAD: &str = "\
| row | threads | ops | best peer | limit | peer / ops | ops / limit | targets |
|---|---|---|---|---|---|---|---|";

/// Formats a result as a row of the table.
pub(crate) fn line(result: &RowResult) -> String {
    let unit = result.unit;
    let peer = match (result.peer, result.best_peer) {
        (Some(cost), Some(name)) => format!("{} ({name})", amount(Some(cost), unit)),
        _ => "-".to_owned(),
    };
    let is_rate = unit == "requests/s";
    let ratio = |above: Option<f64>, below: Option<f64>| match (above, below) {
        (Some(above), Some(below)) => format!("{:.2}×", above / below),
        _ => "-".to_owned(),
    };
    let (of_peer, of_limit) = if is_rate {
        (ratio(result.ops, result.peer), ratio(result.limit, result.ops))
    } else {
        (ratio(result.peer, result.ops), ratio(result.ops, result.limit))
    };
    format!(
        "| {} | {} | {} | {peer} | {} | {of_peer} | {of_limit} | {} |",
        result.row,
        result.threads,
        amount(result.ops, unit),
        amount(result.limit, unit),
        result.verdicts.iter().map(verdict).collect::<Vec<_>>().join("; "),
    )
}

/// Formats the median, minimum and maximum of every measured variant.
pub(crate) fn details(measurements: &[Measurement], unit: &str) -> String {
    let mut text = String::new();
    for measurement in measurements.iter().filter(|measurement| !measurement.samples.is_empty()) {
        let Measurement { subject, call, threads, samples } = measurement;
        let (low, high) =
            (samples.iter().copied().fold(f64::MAX, f64::min), samples.iter().copied().fold(0.0, f64::max));
        let (median, low, high) =
            (amount(Some(measurement.median()), unit), amount(Some(low), unit), amount(Some(high), unit));
        let call = if call.is_empty() { String::new() } else { format!(", {call}") };
        // Writing to a `String` is infallible.
        let _ = writeln!(text, "    {threads} × {}{call}: {median} ({low} to {high})", subject.name);
    }
    text
}

fn verdict(verdict: &Verdict) -> String {
    let target = &verdict.target;
    match verdict.reached {
        None => format!("{target}: not measured"),
        Some((_, true)) => format!("{target}: met"),
        Some((reached, false)) => format!("{target}: MISSED ({reached:.2})"),
    }
}

fn amount(amount: Option<f64>, unit: &str) -> String {
    let Some(amount) = amount else { return "-".to_owned() };
    match unit {
        "ns" if amount >= 1e6 => format!("{:.2} ms", amount / 1e6),
        "ns" if amount >= 1e4 => format!("{:.1} µs", amount / 1e3),
        "ns" => format!("{amount:.2} ns"),
        "bytes" if amount >= 1e6 => format!("{:.1} MiB", amount / 1_048_576.0),
        "bytes" => format!("{amount:.0} B"),
        "times" => format!("{amount:.2}×"),
        _ => format!("{amount:.0} {unit}"),
    }
}
