//! Scrape time and resident memory after threads have ended.

use super::Sessions;
use crate::measures::memory::resident;
use crate::result::median;
use std::sync::Barrier;
use std::thread;

const SERIES: usize = 1_000;
/// The number of scrapes per figure.
const SCRAPES: usize = 200;

/// The number of rounds in which threads start and end. The C library keeps a varying number of their stacks, so that the resident
/// memory of one round alone says little.
const ROUNDS: usize = 8;

/// The scrape time after `threads` threads have ended, relative to before.
pub(super) fn scrape(threads: usize) -> Option<f64> {
    let scrape =
        |sessions: &Sessions| median(&(0..SCRAPES).map(|_| sessions.scrape().as_nanos() as f64).collect::<Vec<_>>());
    change(threads, 1, scrape)
}

/// The resident memory after `threads` threads have ended, relative to threads that update nothing: the minimum of the rounds.
pub(super) fn memory(threads: usize) -> Option<f64> {
    let memory = |sessions: &Sessions| {
        sessions.scrape();
        resident()
    };
    change(threads, ROUNDS, memory)
}

/// Returns what threads that update all series change in the minimum of `figure`, as a factor; `None` if an update is lost.
fn change(threads: usize, rounds: usize, figure: impl Fn(&Sessions) -> f64) -> Option<f64> {
    let sessions = Sessions::new(SERIES, None)?;
    sessions.scrape();
    let least = |work: &(dyn Fn() + Sync)| {
        let figures = (0..rounds).map(|_| {
            at_once(threads, work);
            figure(&sessions)
        });
        figures.fold(f64::INFINITY, f64::min)
    };
    let before = least(&|| ());
    let after = least(&|| (0..SERIES as u32).for_each(|id| sessions.touch(id)));
    let suffix = format!("}} {}", threads * rounds + 1);
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
