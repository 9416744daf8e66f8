//! How long it takes to write a family as text.

use super::processor;
use crate::subject::{Size, Subject};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long to go on writing, once it was written three times.
const ENOUGH: Duration = Duration::from_millis(300);

/// Nanoseconds of a processor to write the family, the median of several times; the first time is left out, when buffers grow and what
/// is sorted once gets sorted.
pub(crate) fn measure(subject: &Subject, size: Size) -> Option<f64> {
    let exporter = subject.exporter?(size);
    (0..size.series).for_each(|series| exporter.make(series));
    let mut text = Vec::new();
    exporter.encode(&mut text);
    if exporter.incomplete().is_some() {
        return None;
    }
    let mut took = Vec::new();
    let all = Instant::now();
    while took.len() < 3 || (all.elapsed() < ENOUGH && took.len() < 200) {
        let started = processor::time();
        exporter.encode(black_box(&mut text));
        took.push((processor::time() - started).as_nanos() as f64);
    }
    Some(crate::result::median(&took))
}
