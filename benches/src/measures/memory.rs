//! How much memory the process holds.

use crate::subject::{Kind, Size, Subject};
use std::fs;
use std::hint::black_box;

/// Bytes by which the process grows for each of so many counters.
pub(crate) fn per_series(subject: &Subject, series: usize) -> Option<f64> {
    let exporter = subject.exporter?(Size { kind: Kind::Counter, series });
    let before = kilobytes("VmRSS:");
    (0..series).for_each(|series| exporter.make(series));
    let after = kilobytes("VmRSS:");
    let complete = exporter.incomplete().is_none();
    complete.then(|| after.saturating_sub(before) as f64 * 1024.0 / series as f64)
}

/// Bytes by which the process grows at most as it writes so many counters for the first time, to nowhere.
pub(crate) fn of_encoding(subject: &Subject, series: usize) -> Option<f64> {
    let exporter = subject.exporter?(Size { kind: Kind::Counter, series });
    (0..series).for_each(|series| exporter.make(series));
    // Makes the peak that follows start from here.
    fs::write("/proc/self/clear_refs", "5").ok()?;
    let before = kilobytes("VmRSS:");
    black_box(exporter.stream());
    let peak = kilobytes("VmHWM:");
    let complete = exporter.incomplete().is_none();
    complete.then(|| peak.saturating_sub(before) as f64 * 1024.0)
}

/// Bytes that the process holds.
pub(crate) fn resident() -> f64 {
    kilobytes("VmRSS:") as f64 * 1024.0
}

/// A line of `/proc/self/status`.
fn kilobytes(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|found| found.strip_prefix(line));
    found.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
