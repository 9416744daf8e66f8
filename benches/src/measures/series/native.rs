//! Native histograms: memory with many threads, and read latency during constant writes.

use super::{Session, threads};
use crate::measures::{memory::resident, processor};
use ops::metric::Instrument;
use ops::{Buckets, Histogram};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Number of distinct observations: 8 buckets in each of 5 octaves.
const OBSERVED: i32 = 5 * 8;
/// Duration of the measurement.
const MEASURED: Duration = Duration::from_secs(2);

/// Returns a latency between 1 ms and 32 ms, in seconds.
fn latency(at: i32) -> f64 {
    0.001 * (f64::from(at % OBSERVED) / 8.0).exp2()
}

/// Returns the memory growth after `threads` concurrent threads have updated `series` series, in bytes.
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

/// Returns the 99.9th percentile of the time to read a histogram, in nanoseconds.
///
/// Another thread writes the histogram in a loop.
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
        let measured = Instant::now();
        while measured.elapsed() < MEASURED {
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
