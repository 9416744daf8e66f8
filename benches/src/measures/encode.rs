//! Time to encode a family in the text format.

use super::processor;
use crate::subject::{Size, Subject};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Minimum duration of the measurement, after at least three encodings.
const MIN_DURATION: Duration = Duration::from_millis(300);

/// Returns the median CPU time to encode the family, in nanoseconds.
///
/// The first encoding is a warm-up: it grows buffers and sorts series that are sorted only once.
pub(crate) fn measure(subject: &Subject, size: Size) -> Option<f64> {
    let exporter = subject.exporter?(size);
    (0..size.series).for_each(|series| exporter.make(series));
    let mut text = Vec::new();
    exporter.encode(&mut text);
    if exporter.incomplete().is_some() {
        return None;
    }
    let mut took = Vec::new();
    let measurement_started = Instant::now();
    while took.len() < 3 || (measurement_started.elapsed() < MIN_DURATION && took.len() < 200) {
        let started = processor::time();
        exporter.encode(black_box(&mut text));
        took.push((processor::time() - started).as_nanos() as f64);
    }
    Some(crate::result::median(&took))
}
