//! Scrape time and resident memory after threads have ended.

use super::Sessions;
use crate::measures::memory::resident;
use crate::result::median;
use std::sync::Barrier;
use std::thread;

const SERIES: usize = 1_000;
/// The number of scrapes per figure.
const SCRAPES: usize = 200;

/// The scrape time after `threads` threads have ended, relative to before.
pub(super) fn scrape(threads: usize) -> Option<f64> {
    let scrape =
        |sessions: &Sessions| median(&(0..SCRAPES).map(|_| sessions.scrape().as_nanos() as f64).collect::<Vec<_>>());
    change(threads, scrape)
}

/// The resident memory after `threads` threads have ended, relative to before.
pub(super) fn memory(threads: usize) -> Option<f64> {
    let memory = |sessions: &Sessions| {
        sessions.scrape();
        resident()
    };
    change(threads, memory)
}

/// Returns what threads that update all series change in `figure`, as a factor; `None` if an update is lost.
fn change(threads: usize, figure: impl Fn(&Sessions) -> f64) -> Option<f64> {
    let sessions = Sessions::new(SERIES, None)?;
    sessions.scrape();
    // The allocator and the system keep some memory of threads, whatever those do.
    at_once(threads, || ());
    let before = figure(&sessions);
    at_once(threads, || (0..SERIES as u32).for_each(|id| sessions.touch(id)));
    let after = figure(&sessions);
    let suffix = format!("}} {}", threads + 1);
    let text = sessions.metrics.to_text();
    let exact = text.lines().filter(|line| line.ends_with(&suffix)).count() == SERIES;
    exact.then_some(after / before)
}

/// Runs `work` on `threads` threads, none of which ends before all have finished it.
pub(super) fn at_once(threads: usize, work: impl Fn() + Sync) {
    let done = Barrier::new(threads);
    let run = || {
        work();
        done.wait();
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            let spawned = thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, run);
            spawned.expect("the system has threads enough");
        }
    });
}
