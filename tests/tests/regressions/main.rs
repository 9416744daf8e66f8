//! Tests of metric storage under stress.
//!
//! They cover exhausted and freed cell space, removed series, ended threads and forked processes. Tests that need a separate
//! process start this binary again with an ignored test.

mod concurrent_removal;
mod counting_allocator;
mod ended_threads;
mod exhausted_cell_space;
mod fork;
mod returned_cell_space;
mod series_lifetime;
mod stale_handles;
mod static_label_sets;

use ops::exposition::{Exposition, Format};
use ops::{Buckets, Metrics, metric::InstrumentOptions};
use ops_tests::program::ignored_test;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// A dynamic label set.
#[derive(ops::Labels)]
struct Peer {
    peer: u32,
}

#[derive(ops::LabelValue, Clone, Copy)]
enum Mode {
    Idle,
    Busy,
}

const CLASSIC: Buckets = Buckets::list(&[0.5, 1.0, 10.0]);

/// Options for each kind of histogram: classic, native, both.
const HISTOGRAMS: [InstrumentOptions; 3] = [
    InstrumentOptions::new().buckets(CLASSIC),
    InstrumentOptions::new().buckets(Buckets::NATIVE),
    InstrumentOptions::new().buckets(CLASSIC.and_native()),
];

/// Runs an ignored test of this binary in a separate process.
///
/// # Panics
/// Panics if the test fails or takes more than ten minutes.
async fn in_own_process(test: &str) {
    let mut command = Command::from(ignored_test(test));
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(600), command.output()).await;
    let output = output.expect("test process timed out").unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("1 passed"), "no such test: {test}");
}

/// A sample: its labels as `name="value",…`, and its value.
type Sample = (String, f64);

/// Returns the samples called `name` in a text exposition.
fn samples_of(text: &str, name: &str) -> Vec<Sample> {
    let of_line = |line: &str| {
        let rest = line.strip_prefix(name)?;
        let (labels, value) = match rest.strip_prefix('{') {
            Some(rest) => rest.rsplit_once("} ")?,
            None => ("", rest.strip_prefix(' ')?),
        };
        Some((labels.to_owned(), value.parse().ok()?))
    };
    text.lines().filter_map(of_line).collect()
}

/// Separates the value of the overflow series from the other samples.
fn with_overflow(samples: Vec<Sample>) -> (Vec<Sample>, Option<f64>) {
    let (overflow, named): (Vec<_>, Vec<_>) =
        samples.into_iter().partition(|(labels, _)| labels.contains("ops_overflow"));
    assert!(overflow.len() <= 1, "{overflow:?}");
    (named, overflow.first().map(|(_, value)| *value))
}

/// Scrapes in every exposition format.
fn scrape_every_format(metrics: &Metrics) {
    for format in [Format::Text_0_0_4, Format::Text_1_0_0, Format::OpenMetrics_1_0_0, Format::Protobuf] {
        let mut bytes = Vec::new();
        Exposition::new(format).created_samples(true).write(&metrics.snapshot(), &mut bytes).unwrap();
        assert!(!bytes.is_empty());
    }
}
