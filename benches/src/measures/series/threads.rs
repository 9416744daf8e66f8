//! Scrape duration and resident memory after threads have ended.

use super::Sessions;
use crate::measures::memory::resident;
use crate::result::median;
use std::sync::Barrier;
use std::thread;

const SERIES: usize = 1_000;
/// Number of scrapes per figure.
const SCRAPES: usize = 200;

/// Number of rounds in which threads start and end.
///
/// The C library caches a varying number of thread stacks, so the resident memory of a single round is noisy.
const ROUNDS: usize = 8;

/// Returns the scrape duration after `threads` updating threads have ended, relative to idle threads.
pub(super) fn scrape(threads: usize) -> Option<f64> {
    let scrape =
        |sessions: &Sessions| median(&(0..SCRAPES).map(|_| sessions.scrape().as_nanos() as f64).collect::<Vec<_>>());
    change(threads, 1, scrape)
}

/// Returns the resident memory after `threads` updating threads have ended, relative to idle threads.
///
/// Compares the minimum over the rounds.
pub(super) fn memory(threads: usize) -> Option<f64> {
    let memory = |sessions: &Sessions| {
        sessions.scrape();
        resident()
    };
    change(threads, ROUNDS, memory)
}

/// Returns the ratio of the minimum of `figure` with updating threads to that with idle threads.
///
/// Returns `None` if an update is lost.
fn change(threads: usize, rounds: usize, figure: impl Fn(&Sessions) -> f64) -> Option<f64> {
    let sessions = Sessions::new(SERIES, None)?;
    sessions.scrape();
    let minimum = |work: &(dyn Fn() + Sync)| {
        let figures = (0..rounds).map(|_| {
            at_once(threads, work);
            figure(&sessions)
        });
        figures.fold(f64::INFINITY, f64::min)
    };
    let before = minimum(&|| ());
    let after = minimum(&|| (0..SERIES as u32).for_each(|id| sessions.touch(id)));
    let suffix = format!("}} {}", threads * rounds + 1);
    let text = sessions.metrics.to_text();
    let exact = text.lines().filter(|line| line.ends_with(&suffix)).count() == SERIES;
    exact.then_some(after / before)
}

/// Runs `work` on `threads` threads, all of which stay alive until the last one has finished.
pub(super) fn at_once(threads: usize, work: impl Fn() + Sync) {
    let done = Barrier::new(threads);
    let run = || {
        work();
        done.wait();
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            let spawned = thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, run);
            spawned.expect("cannot spawn a thread; raise the thread limit (`ulimit -u`)");
        }
    });
}
