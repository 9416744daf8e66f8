//! Forks while other threads observe; each child scrapes and exits.
//!
//! `fork-while-observing CHILDREN` prints `ended N`, the number of children whose scrape was whole.

use ops::{Buckets, Counter, Gauge, Histogram, Metrics, Summary, metric::InstrumentOptions};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Processes by the C library of the system, which the standard library has no safe functions for.
#[expect(unsafe_code, reason = "fork(2), waitpid(2) and _exit(2)")]
mod process {
    unsafe extern "C" {
        fn fork() -> i32;
        fn waitpid(process: i32, status: *mut i32, options: i32) -> i32;
        fn _exit(status: i32) -> !;
    }

    /// Runs `in_child` in a forked child, which exits with 0 if it returns `true`. Returns whether it did.
    pub(super) fn succeeds_in_child(in_child: impl FnOnce() -> bool) -> bool {
        // SAFETY: the child runs nothing that another thread of the parent may hold a lock of: those that run observe alone.
        match unsafe { fork() } {
            // SAFETY: it never returns.
            0 => unsafe { _exit(i32::from(!in_child())) },
            child => {
                let mut status = -1;
                // SAFETY: a process, and a place for its status.
                child > 0 && unsafe { waitpid(child, &mut status, 0) } == child && status == 0
            }
        }
    }
}

fn main() -> io::Result<()> {
    let usage = || io::Error::other("usage: fork-while-observing CHILDREN");
    let children: usize = std::env::args().nth(1).and_then(|children| children.parse().ok()).ok_or_else(usage)?;
    let metrics = Metrics::new();
    let classic = Buckets::list(&[0.5, 1.0, 10.0]);
    let shapes = [classic, Buckets::NATIVE, classic.and_native()];
    let mut histograms = Vec::new();
    for (at, buckets) in shapes.into_iter().enumerate() {
        let histogram = Histogram::<()>::with_options(InstrumentOptions::new().buckets(buckets));
        histograms.push(metrics.register(&format!("sizes{at}"), "", None, histogram).map_err(io::Error::other)?);
    }
    let summary = metrics.register("summary", "", None, Summary::<()>::new()).map_err(io::Error::other)?;
    let counter = metrics.register("counter", "", None, Counter::<()>::new()).map_err(io::Error::other)?;
    let gauge = metrics.register("gauge", "", None, Gauge::<()>::new()).map_err(io::Error::other)?;
    let observe = || {
        histograms.iter().for_each(|histogram| histogram.observe(2.0));
        summary.observe(2.0);
        counter.inc();
        gauge.inc();
    };
    let stopped = AtomicBool::new(false);
    let ready = std::sync::Barrier::new(4);
    let ended = thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                observe();
                ready.wait();
                while !stopped.load(Ordering::Relaxed) {
                    observe();
                }
            });
        }
        ready.wait();
        let is_whole = || {
            let scrape = || metrics.to_text();
            let (first, second) = (scrape(), scrape());
            // Nothing counts in the child, and an observation of the parent's that is half done is read alike each time.
            let is_same = first == second && first.contains("\nsizes2_count ");
            observe();
            let after = scrape();
            is_same && after != second && after.lines().count() == second.lines().count()
        };
        let ended = (0..children).filter(|_| process::succeeds_in_child(is_whole)).count();
        stopped.store(true, Ordering::Relaxed);
        ended
    });
    writeln!(io::stdout(), "ended {ended}")
}
