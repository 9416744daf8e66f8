//! What a probe costs, and what it leaves behind.

mod growth;
mod server;

use super::http::{Load, Server, latencies};
use crate::row::Probe;
use crate::subject::Subject;
use std::process::Command;
use std::time::Duration;

pub(crate) use server::serve;

/// Measures one subject once.
pub(crate) fn measure(row: &str, probe: Probe, subject: &Subject) -> Option<f64> {
    if probe == Probe::HungGrowth {
        return growth::measure();
    }
    let server = Server::start(row, subject.name)?;
    let ask = |path, is_expected, seconds| {
        latencies(server.address, Load { path, is_expected }, Duration::from_secs(seconds)).filter(|took| !took.is_empty())
    };
    match probe {
        Probe::Rate => wrk(&format!("http://{}/healthz", server.address)),
        // A check that ran twice at a time would have failed.
        Probe::Quick => Some(percentile_99(&ask("/readyz", |status| status == 200, 3)?)),
        // Longer than the timeout of the check and the reuse of its result together.
        Probe::Hung => Some(ask("/readyz", |status| status == 503, 7)?.last()?.as_nanos() as f64),
        Probe::Spinning => Some(percentile_99(&ask("/healthz", |status| status == 200, 3)?)),
        Probe::HungGrowth => None,
    }
}

/// Nanoseconds; of durations that are sorted, and at least one.
fn percentile_99(took: &[Duration]) -> f64 {
    took[(took.len() - 1) * 99 / 100].as_nanos() as f64
}

/// Requests a second by wrk, if it is installed and each of them was answered well.
fn wrk(url: &str) -> Option<f64> {
    let output = Command::new("wrk").args(["-t1", "-c32", "-d3s", url]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        return None;
    }
    text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:")?.trim().parse().ok())
}
