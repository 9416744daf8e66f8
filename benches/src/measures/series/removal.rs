//! Time to remove and expire series, and the longest concurrent lookup.

use super::{Session, Sessions};
use crate::measures::processor;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Number of rounds; the minimum is reported, because other load on the machine only lengthens a stall.
const ROUNDS: u32 = 20;
/// Number of series removed per round.
const REMOVED: u32 = 1_000;
/// TTL of the series in the expiry rows.
const TTL: Duration = Duration::from_millis(500);

/// Returns the 99th percentile of the time to remove a series, in nanoseconds.
pub(super) fn remove(series: usize) -> Option<f64> {
    let sessions = Sessions::new(series, None)?;
    let remove = |id| {
        let started = Instant::now();
        let removed = sessions.counter.remove(&Session { id });
        removed.then(|| started.elapsed().as_nanos() as f64)
    };
    let mut took = (0..series as u32 / 10).map(remove).collect::<Option<Vec<f64>>>()?;
    took.sort_by(f64::total_cmp);
    Some(took[(took.len() - 1) * 99 / 100])
}

/// Returns the longest lookup while series are removed and recreated, in nanoseconds.
pub(super) fn remove_stall(series: usize) -> Option<f64> {
    let sessions = Sessions::new(series, None)?;
    let kept = series as u32 / 2;
    let round = |round: u32| {
        let replace = |id| {
            let removed = sessions.counter.remove(&Session { id });
            sessions.touch(id);
            removed
        };
        let first = kept + round * REMOVED;
        let (removed, stall) = longest_lookup(&sessions, kept, || (first..first + REMOVED).all(replace));
        removed.then_some(stall)
    };
    shortest((0..ROUNDS).map(round))
}

/// Returns the duration of a scrape that expires all series, in nanoseconds.
pub(super) fn expire(series: usize) -> Option<f64> {
    let sessions = Sessions::new(series, Some(TTL))?;
    sessions.scrape();
    thread::sleep(TTL);
    let took = sessions.scrape();
    sessions.metrics.to_text().is_empty().then_some(took.as_nanos() as f64)
}

/// Returns the longest lookup while a scrape expires all other series, in nanoseconds.
pub(super) fn expire_stall(series: usize) -> Option<f64> {
    const KEPT: u32 = 64;
    let sessions = Sessions::new(series, Some(TTL))?;
    let round = |_| {
        (0..series as u32).for_each(|id| sessions.touch(id));
        sessions.scrape();
        thread::sleep(TTL);
        (0..KEPT).for_each(|id| sessions.touch(id));
        let (_, stall) = longest_lookup(&sessions, KEPT, || sessions.scrape());
        let remaining = sessions.metrics.to_text().lines().filter(|line| !line.starts_with('#')).count();
        (remaining == KEPT as usize).then_some(stall)
    };
    shortest((0..ROUNDS).map(round))
}

/// Runs `work` on processor 1 while looking up the first `kept` series on processor 0.
///
/// Returns the result of `work` and the longest lookup in nanoseconds.
fn longest_lookup<T: Send>(sessions: &Sessions, kept: u32, work: impl FnOnce() -> T + Send) -> (T, f64) {
    let (is_watched, is_done) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            processor::pin(1);
            while !is_watched.load(Relaxed) {
                thread::yield_now();
            }
            let result = work();
            is_done.store(true, Relaxed);
            result
        });
        let watcher = scope.spawn(|| {
            processor::pin(0);
            let mut longest = Duration::ZERO;
            let mut id = 0;
            while !is_done.load(Relaxed) {
                id = (id + 7919) % kept;
                let started = Instant::now();
                sessions.touch(id);
                longest = longest.max(started.elapsed());
                is_watched.store(true, Relaxed);
            }
            longest.as_nanos() as f64
        });
        let result = worker.join().expect("the worker panicked");
        (result, watcher.join().expect("a lookup panicked"))
    })
}

fn shortest(stalls: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    stalls.collect::<Option<Vec<f64>>>()?.into_iter().min_by(f64::total_cmp)
}
