//! Memory usage of the process, as reported by the kernel.

use crate::subject::{Kind, Size, Subject};
use std::fs;
use std::hint::black_box;

/// Returns the growth of resident memory per series while `series` counters are created, in bytes.
pub(crate) fn per_series(subject: &Subject, series: usize) -> Option<f64> {
    let exporter = subject.exporter?(Size { kind: Kind::Counter, series });
    let before = kilobytes("VmRSS:");
    (0..series).for_each(|series| exporter.make(series));
    let after = kilobytes("VmRSS:");
    let complete = exporter.incomplete().is_none();
    complete.then(|| after.saturating_sub(before) as f64 * 1024.0 / series as f64)
}

/// Returns the growth of peak memory during the first encoding of `series` counters, in bytes.
///
/// The text is discarded if the library can stream it.
pub(crate) fn of_encoding(subject: &Subject, series: usize) -> Option<f64> {
    let exporter = subject.exporter?(Size { kind: Kind::Counter, series });
    (0..series).for_each(|series| exporter.make(series));
    // Resets the peak resident set size (`VmHWM`), see proc_pid_clear_refs(5).
    fs::write("/proc/self/clear_refs", "5").ok()?;
    let before = kilobytes("VmRSS:");
    black_box(exporter.stream());
    let peak = kilobytes("VmHWM:");
    let complete = exporter.incomplete().is_none();
    complete.then(|| peak.saturating_sub(before) as f64 * 1024.0)
}

/// Returns the resident memory of the process in bytes.
pub(crate) fn resident() -> f64 {
    kilobytes("VmRSS:") as f64 * 1024.0
}

/// Returns the value of a line of `/proc/self/status` in KiB, 0 if it is missing.
fn kilobytes(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|found| found.strip_prefix(line));
    found.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
