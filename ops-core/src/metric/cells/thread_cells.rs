//! Metric cells sharded by thread, so that an update is a thread-local load and a plain add.
//!
//! A *slot* is the number of a cell, the same in every thread. The value of a slot is the sum over all blocks. The block of an
//! ended thread, including its values, is reused by the next new thread; surplus blocks are merged.
//!
//! Updates are not async-signal-safe: an update by a signal handler is lost if it interrupts an update of the same cell.

use super::block::{self, Block, Distribution, TIMERS, get};
use super::blocks::BLOCKS;
use super::layout::CellRef;
use super::space::{self, PAUSED_SLOT};
use super::sync::AtomicU64;
use crate::unwind::IgnorePoison;
use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

thread_local! {
    /// The first segment of this thread's block; empty while the thread has no block.
    static FIRST: Cell<&'static [AtomicU64]> = const { Cell::new(&[]) };
    /// The block of this thread, acquired on first use.
    static OWNED: Owned = Owned(BLOCKS.acquire());
    /// Reentrant updates of this thread.
    static DEFERRED: Deferred = const { Deferred::new() };
}

/// The block for updates by thread-local destructors after the thread's own block is released.
static LATE: Mutex<Option<&'static Block>> = Mutex::new(None);

/// Number of readers that currently pause the writers of distributions.
///
/// Checked on the slow path; the fast path checks the thread's own cell at [`PAUSED_SLOT`] instead.
static PAUSED: AtomicU32 = AtomicU32::new(0);

/// Number of updates that were dropped for lack of cells.
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// A block that is released when its thread ends.
struct Owned(&'static Block);

impl Drop for Owned {
    fn drop(&mut self) {
        FIRST.set(&[]);
        defer_reentrant(|| {
            BLOCKS.release(self.0);
            space::merge_ended();
        });
    }
}

/// An update on the slow path.
#[derive(Clone, Copy)]
enum Update {
    Add(u64),
    AddFloat(f64),
    AddLevel(i64),
    Observe { layout: Distribution, bucket: usize, value: f64 },
    ObserveNative { layout: Distribution, bucket: usize, classic: Option<usize>, value: f64 },
    Timers { layout: Distribution, by: i64 },
}

/// Reentrant updates of a thread, deferred until its current update ends.
///
/// They occur if the global allocator updates a counter while this thread's block is being allocated.
struct Deferred {
    is_busy: Cell<bool>,
    updates: [Cell<Option<(CellRef, Update)>>; MAX_DEFERRED],
}

/// Maximum number of distinct deferred updates per thread; further ones are dropped and counted.
const MAX_DEFERRED: usize = 8;

impl Deferred {
    const fn new() -> Self {
        Deferred { is_busy: Cell::new(false), updates: [const { Cell::new(None) }; MAX_DEFERRED] }
    }

    fn defer(&self, cells: CellRef, update: Update) {
        for deferred in &self.updates {
            match (deferred.get(), update) {
                (None, _) => return deferred.set(Some((cells, update))),
                (Some((pending, Update::Add(before))), Update::Add(by)) if pending == cells => {
                    return deferred.set(Some((cells, Update::Add(before.saturating_add(by)))));
                }
                _ => {}
            }
        }
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs `update`, which may allocate and lock, then applies the reentrant updates of this thread.
pub(super) fn defer_reentrant<T>(update: impl FnOnce() -> T) -> T {
    DEFERRED.with(|deferred| {
        let was_busy = deferred.is_busy.replace(true);
        let result = update();
        if !was_busy {
            while let Some((cells, update)) = deferred.updates.iter().find_map(Cell::take) {
                apply(cells, update);
            }
            deferred.is_busy.set(false);
        }
        result
    })
}

/// Applies an update on the slow path, or defers it if this thread is already in an update.
#[cold]
fn update_slow(cells: CellRef, update: Update) {
    if DEFERRED.with(|deferred| deferred.is_busy.get()) {
        DEFERRED.with(|deferred| deferred.defer(cells, update));
    } else {
        defer_reentrant(|| apply(cells, update));
    }
}

fn apply(cells: CellRef, update: Update) {
    if cells.is_sink() {
        DROPPED.fetch_add(1, Ordering::Relaxed);
        return;
    }
    if PAUSED.load(Ordering::Relaxed) != 0 {
        wait_for_readers();
    }
    match OWNED.try_with(|owned| owned.0) {
        Ok(block) => {
            FIRST.set(block.segment(0));
            update.apply(block.cells(cells.slot()), cells);
        }
        Err(_) => {
            // Threads in destruction share one block; the lock serializes them.
            let mut late = LATE.lock().ignore_poison();
            update.apply(late.get_or_insert_with(|| BLOCKS.acquire()).cells(cells.slot()), cells);
        }
    }
}

impl Update {
    fn apply(self, at: &[AtomicU64], cells: CellRef) {
        match self {
            Update::Add(_) | Update::AddFloat(_) | Update::AddLevel(_) => {
                let value = match cells.is_permanent() {
                    true => &at[0],
                    false if block::claim(at, cells.generation()) => &at[1],
                    false => return,
                };
                let is_changed = match self {
                    Update::Add(by) => block::add(value, by) && by < LARGE,
                    Update::AddFloat(by) => block::add_float(value, by),
                    Update::AddLevel(by) => {
                        block::add_level(value, by);
                        true
                    }
                    _ => true,
                };
                if !is_changed && !cells.is_permanent() {
                    block::touch(at);
                }
            }
            Update::Observe { layout, bucket, value } => {
                if cells.is_permanent() || layout.claim(at, cells.generation()) {
                    Distribution::observe(at, bucket, value);
                }
            }
            Update::ObserveNative { layout, bucket, classic, value } => {
                if cells.is_permanent() || layout.claim(at, cells.generation()) {
                    layout.observe_native(at, bucket, classic, value);
                }
            }
            Update::Timers { layout, by } => {
                if cells.is_permanent() || layout.claim(at, cells.generation()) {
                    block::add_level(&at[TIMERS << layout.shift], by);
                }
            }
        }
    }
}

/// Waits until no reader pauses the writers, or a bounded time has passed.
fn wait_for_readers() {
    for attempt in 0..1_000 {
        if PAUSED.load(Ordering::Relaxed) == 0 {
            return;
        }
        // The reader may be preempted: let it run.
        if attempt % 250 == 249 { thread::yield_now() } else { spin_loop() }
    }
}

/// A guard that pauses the writers of distributions; each writer waits for a bounded time only.
pub(super) struct Pause<'a>(&'a [&'static AtomicU64]);

impl<'a> Pause<'a> {
    /// Pauses the threads that own these cells at [`PAUSED_SLOT`].
    pub(super) fn new(threads: &'a [&'static AtomicU64]) -> Self {
        PAUSED.fetch_add(1, Ordering::SeqCst);
        threads.iter().for_each(|cell| _ = cell.fetch_add(1, Ordering::SeqCst));
        Pause(threads)
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|cell| _ = cell.fetch_sub(1, Ordering::SeqCst));
        PAUSED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Returns the number of updates that were dropped for lack of cells.
pub(crate) fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// Returns this thread's cell of a counter or level if the fast path applies.
///
/// The cell must be in the first segment and have the generation of `cells`.
#[inline(always)]
fn fast_scalar(cells: CellRef) -> Option<&'static AtomicU64> {
    let (first, slot) = (FIRST.get(), cells.slot() as usize);
    if cells.is_permanent() {
        return first.get(slot);
    }
    match first.get(slot..slot + 2)? {
        [head, value] if block::generation(get(head)) == cells.generation() => Some(value),
        _ => None,
    }
}

/// Smallest increment that is also recorded in the head.
///
/// A few large increments by several threads may sum to 2^64 and thus leave the activity of the series unchanged.
const LARGE: u64 = 1 << 32;

/// Adds `by` to a counter, saturating at `u64::MAX`.
#[inline]
pub(crate) fn add(cells: CellRef, by: u64) {
    match fast_scalar(cells) {
        Some(at) => {
            if (!block::add(at, by) || by >= LARGE) && !cells.is_permanent() {
                touch(cells);
            }
        }
        None => add_slow(cells, by),
    }
}

/// Adds `by` to a floating-point counter.
#[inline]
pub(crate) fn add_float(cells: CellRef, by: f64) {
    match fast_scalar(cells) {
        Some(at) => {
            if !block::add_float(at, by) && !cells.is_permanent() {
                touch(cells);
            }
        }
        None => add_float_slow(cells, by),
    }
}

/// Records an update that left a counter unchanged, so that its series does not become idle.
#[cold]
fn touch(cells: CellRef) {
    if let Some(at) = FIRST.get().get(cells.slot() as usize..) {
        block::touch(at);
    }
}

/// Adds `by` to a level; increments and decrements may be on different threads.
#[inline]
pub(crate) fn add_level(cells: CellRef, by: i64) {
    match fast_scalar(cells) {
        Some(at) => block::add_level(at, by),
        None => add_level_slow(cells, by),
    }
}

// The arguments of the following functions fit in registers, so the fast path has no spills.

#[cold]
#[inline(never)]
fn add_slow(cells: CellRef, by: u64) {
    update_slow(cells, Update::Add(by));
}

#[cold]
#[inline(never)]
fn add_float_slow(cells: CellRef, by: f64) {
    update_slow(cells, Update::AddFloat(by));
}

#[cold]
#[inline(never)]
fn add_level_slow(cells: CellRef, by: i64) {
    update_slow(cells, Update::AddLevel(by));
}

#[cold]
#[inline(never)]
fn observe_slow(cells: CellRef, classic: u32, bucket: usize, value: f64) {
    let layout = Distribution { classic, native: 0, shift: 0 };
    update_slow(cells, Update::Observe { layout, bucket, value });
}

#[cold]
#[inline(never)]
fn observe_dense_slow(cells: CellRef, native: u32, bucket: usize, value: f64) {
    let layout = Distribution { classic: 0, native, shift: 0 };
    observe_native(cells, layout, bucket, None, value);
}

/// Returns this thread's cells of a distribution if the fast path applies.
///
/// The cells must be in the first segment and have the generation of `cells`, and no reader may pause this thread.
#[inline(always)]
fn fast_distribution(cells: CellRef) -> Option<&'static [AtomicU64]> {
    let first = FIRST.get();
    let slot = cells.slot() as usize;
    if slot >= first.len() || get(&first[PAUSED_SLOT as usize]) != 0 {
        return None;
    }
    let at = &first[slot..];
    (cells.is_permanent() || block::generation(get(&at[0])) == cells.generation()).then_some(at)
}

/// Records `value` in a classic bucket of a distribution with `classic` buckets and no native ones.
#[inline]
pub(crate) fn observe(cells: CellRef, classic: u32, bucket: usize, value: f64) {
    match fast_distribution(cells) {
        Some(at) => Distribution::observe(at, bucket, value),
        None => observe_slow(cells, classic, bucket, value),
    }
}

/// Records `value` in a distribution of `native` native buckets that is not interleaved.
#[inline(always)]
pub(crate) fn observe_dense(cells: CellRef, native: u32, bucket: usize, value: f64) {
    match fast_distribution(cells) {
        Some(at) if Distribution::observe_dense(at, bucket, value) => {}
        _ => observe_dense_slow(cells, native, bucket, value),
    }
}

/// Records `value` in a native bucket, and in a classic bucket if `classic` is `Some`.
pub(crate) fn observe_native(cells: CellRef, layout: Distribution, bucket: usize, classic: Option<usize>, value: f64) {
    match fast_distribution(cells) {
        Some(at) => layout.observe_native(at, bucket, classic, value),
        None => update_slow(cells, Update::ObserveNative { layout, bucket, classic, value }),
    }
}

/// Adds `by` to the number of running timers of a distribution.
pub(crate) fn add_timers(cells: CellRef, layout: Distribution, by: i64) {
    update_slow(cells, Update::Timers { layout, by });
}
