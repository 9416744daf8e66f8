//! Latency, throughput and memory growth of health probes.

mod growth;
mod server;

use super::http::{Load, Server, latencies};
use crate::row::Probe;
use crate::subject::Subject;
use std::process::Command;
use std::time::Duration;

pub(crate) use server::serve;

/// Returns the figure of one subject; `None` if a response has an unexpected status.
pub(crate) fn measure(row: &str, probe: Probe, subject: &Subject) -> Option<f64> {
    if probe == Probe::HungGrowth {
        return growth::measure();
    }
    let server = Server::start(row, subject.name)?;
    let send = |path, is_expected, seconds| {
        latencies(server.address, Load { path, is_expected }, Duration::from_secs(seconds))
            .filter(|took| !took.is_empty())
    };
    match probe {
        Probe::Rate => wrk(&format!("http://{}/healthz", server.address)),
        // A check that runs concurrently with itself fails, and the probe returns 503.
        Probe::Quick => Some(percentile_99(&send("/readyz", |status| status == 200, 3)?)),
        // Longer than the timeout of the check and the reuse period of its result together.
        Probe::Hung => Some(send("/readyz", |status| status == 503, 7)?.last()?.as_nanos() as f64),
        Probe::Spinning => Some(percentile_99(&send("/healthz", |status| status == 200, 3)?)),
        Probe::HungGrowth => None,
    }
}

/// Returns the 99th percentile in nanoseconds; `took` must be sorted and not empty.
fn percentile_99(took: &[Duration]) -> f64 {
    took[(took.len() - 1) * 99 / 100].as_nanos() as f64
}

/// Returns the requests per second that wrk reports; `None` if it is not installed or a request failed.
fn wrk(url: &str) -> Option<f64> {
    let output = Command::new("wrk").args(["-t1", "-c32", "-d3s", url]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        return None;
    }
    text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:")?.trim().parse().ok())
}
