//! Encoding of a family whose lines are prepared except for their values.

use crate::input::{BUCKETS, route};
use crate::subject::{Exporter, Kind, Size};
use std::fmt::Write;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Prepared lines and their values in order of creation, without an index.
pub(super) struct Lines {
    kind: Kind,
    family: RwLock<Family>,
}

#[derive(Default)]
struct Family {
    /// Concatenated lines, each up to its value.
    text: String,
    /// End offset of each line in `text`.
    ends: Vec<u32>,
    /// Value of each line; the sum of a histogram is stored as the bits of a float.
    values: Vec<AtomicU64>,
}

/// Lines per histogram: 12 buckets, the sum and the count.
const LINES: usize = BUCKETS.len() + 3;
/// Index of the sum among the lines of a histogram.
const SUM: usize = BUCKETS.len() + 1;

impl Lines {
    pub(super) fn exporter(size: Size) -> Box<dyn Exporter> {
        Box::new(Lines { kind: size.kind, family: RwLock::default() })
    }
}

impl Family {
    fn push(&mut self, line: std::fmt::Arguments<'_>, value: u64) {
        self.text.write_fmt(line).expect("writing to a `String` is infallible");
        self.ends.push(self.text.len() as u32);
        self.values.push(AtomicU64::new(value));
    }
}

impl Exporter for Lines {
    fn make(&self, series: usize) {
        let mut family = self.family.write().expect("lock is poisoned");
        let (route, status) = (route::route(series), route::status(series));
        if self.kind == Kind::Counter {
            let line = format_args!("http_requests_total{{route=\"{route}\",status=\"{status}\"}} ");
            return family.push(line, route::total(series));
        }
        let observed = &route::OBSERVATIONS;
        for bound in BUCKETS {
            let below = observed.iter().filter(|value| **value <= bound).count();
            family.push(
                format_args!(
                    "http_request_duration_seconds_bucket{{route=\"{route}\",status=\"{status}\",le=\"{bound}\"}} "
                ),
                below as u64,
            );
        }
        for (suffix, le, value) in [
            ("bucket", ",le=\"+Inf\"", observed.len() as u64),
            ("sum", "", observed.iter().sum::<f64>().to_bits()),
            ("count", "", observed.len() as u64),
        ] {
            family.push(
                format_args!("http_request_duration_seconds_{suffix}{{route=\"{route}\",status=\"{status}\"{le}}} "),
                value,
            );
        }
    }

    /// Does nothing: lines have no index.
    fn touch(&self, _series: usize) {}

    fn encode(&self, to: &mut Vec<u8>) {
        let family = self.family.read().expect("lock is poisoned");
        let (mut integer, mut float) = (itoa::Buffer::new(), ryu::Buffer::new());
        let mut from = 0;
        to.clear();
        to.reserve(family.text.len() + 21 * family.ends.len());
        for (line, (end, value)) in family.ends.iter().zip(&family.values).enumerate() {
            to.extend_from_slice(&family.text.as_bytes()[from..*end as usize]);
            from = *end as usize;
            let value = value.load(Relaxed);
            let is_float = self.kind == Kind::Histogram && line % LINES == SUM;
            let text = if is_float { float.format(f64::from_bits(value)) } else { integer.format(value) };
            to.extend_from_slice(text.as_bytes());
            to.push(b'\n');
        }
    }
}
