//! Forks while other threads observe. Each child scrapes and exits.
//!
//! `fork-while-observing CHILDREN` prints `ended N`, the number of children whose scrapes were complete and consistent.

use ops::{Buckets, Counter, Gauge, Histogram, Metrics, Summary, metric::InstrumentOptions};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Bindings to `fork`, `waitpid` and `_exit`, which the standard library does not wrap.
#[expect(unsafe_code, reason = "calls fork(2), waitpid(2) and _exit(2)")]
mod process {
    unsafe extern "C" {
        fn fork() -> i32;
        fn waitpid(process: i32, status: *mut i32, options: i32) -> i32;
        fn _exit(status: i32) -> !;
    }

    /// Runs `in_child` in a forked child process and returns its result.
    ///
    /// Returns `false` if the fork fails or the child is killed.
    pub(super) fn succeeds_in_child(in_child: impl FnOnce() -> bool) -> bool {
        // SAFETY: the child takes no lock that another thread may hold at the fork: the other threads only observe, without locks.
        match unsafe { fork() } {
            // SAFETY: `_exit` has no preconditions. It skips exit handlers, which belong to the parent.
            0 => unsafe { _exit(i32::from(!in_child())) },
            child => {
                let mut status = -1;
                // SAFETY: `status` is valid for writes, and `child` is an unreaped child of this process.
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
        let is_complete = || {
            let scrape = || metrics.to_text();
            let (first, second) = (scrape(), scrape());
            // Only the forking thread exists in the child, so a half-written observation of another thread never changes.
            let is_same = first == second && first.contains("\nsizes2_count ");
            observe();
            let after = scrape();
            is_same && after != second && after.lines().count() == second.lines().count()
        };
        let ended = (0..children).filter(|_| process::succeeds_in_child(is_complete)).count();
        stopped.store(true, Ordering::Relaxed);
        ended
    });
    writeln!(io::stdout(), "ended {ended}")
}
