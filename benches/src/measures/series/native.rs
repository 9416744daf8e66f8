//! Native histograms: the memory that many threads need for them, and the time to read one that is written all the time.

use super::{Session, threads};
use crate::measures::{memory::resident, processor};
use ops::metric::Instrument;
use ops::{Buckets, Histogram};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// The buckets of five octaves of latency.
const OBSERVED: i32 = 5 * 8;
/// The duration of the measurement.
const WATCHED: Duration = Duration::from_secs(2);

/// A latency between 1 ms and 32 ms.
fn latency(at: i32) -> f64 {
    0.001 * (f64::from(at % OBSERVED) / 8.0).exp2()
}

/// Growth of the process in bytes while `threads` live threads update `series` series.
pub(super) fn memory(series: usize, threads: usize) -> Option<f64> {
    static LATENCIES: Histogram<Session> = Histogram::with_buckets(Buckets::NATIVE);
    let before = resident();
    threads::at_once(threads, || {
        for id in 0..series as u32 {
            let latencies = LATENCIES.with(&Session { id });
            (0..OBSERVED).for_each(|at| latencies.observe(latency(at)));
        }
    });
    let after = resident();
    let expected = threads as u64 * OBSERVED as u64;
    let exact = (0..series as u32).step_by(97).all(|id| LATENCIES.with(&Session { id }).count() == expected);
    (exact && LATENCIES.overflowed() == 0).then_some(after - before)
}

/// Nanoseconds to read the count of a histogram that another thread writes all the time, 99.9th percentile.
pub(super) fn read() -> Option<f64> {
    static LATENCIES: Histogram = Histogram::with_buckets(Buckets::NATIVE);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            processor::pin(1);
            let mut written = 0;
            while !stop.load(Relaxed) {
                LATENCIES.observe(latency(written));
                written += 1;
            }
            written as u64
        });
        processor::pin(0);
        let mut took = Vec::new();
        let watched = Instant::now();
        while watched.elapsed() < WATCHED {
            let started = Instant::now();
            std::hint::black_box(LATENCIES.count());
            took.push(started.elapsed().as_nanos() as f64);
        }
        stop.store(true, Relaxed);
        let written = writer.join().ok()?;
        took.sort_by(f64::total_cmp);
        (LATENCIES.count() == written).then(|| took[(took.len() - 1) * 999 / 1000])
    })
}
