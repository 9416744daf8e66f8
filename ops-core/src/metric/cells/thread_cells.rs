//! Thread-local cells: every thread has its own copy, so an update is a thread-local load and a plain add.
//!
//! A *slot* is the number of a cell, the same in every thread. The value of a slot is the sum over all blocks. A thread that ends
//! hands its block on to the next one that starts, values and all; surplus blocks are merged.
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
use std::sync::atomic::{AtomicU32, AtomicU64 as Total, Ordering};
use std::thread;

thread_local! {
    /// The first segment of this thread's block; empty until the thread has one, and again when it ends.
    static FIRST: Cell<&'static [AtomicU64]> = const { Cell::new(&[]) };
    static OWNED: Owned = Owned(BLOCKS.acquire());
    static DEFERRED: Deferred = const { Deferred::new() };
}

/// What updates a thread whose own block is gone already, under the lock: a destructor of another thread-local.
static LATE: Mutex<Option<&'static Block>> = Mutex::new(None);

/// How many readers want distributions to stay as they are for a moment: here, and for each thread in the cell of
/// [`PAUSED_SLOT`], where it looks.
static PAUSED: AtomicU32 = AtomicU32::new(0);

/// Updates that found no cells.
static DROPPED: Total = Total::new(0);

/// The block that this thread owns while it runs.
struct Owned(&'static Block);

impl Drop for Owned {
    fn drop(&mut self) {
        FIRST.set(&[]);
        exclusively(|| {
            BLOCKS.release(self.0);
            space::merge_ended();
        });
    }
}

/// An update that does not find its cells without a look-up.
#[derive(Clone, Copy)]
enum Update {
    Add(u64),
    AddFloat(f64),
    AddLevel(i64),
    Observe { of: Distribution, bucket: usize, value: f64 },
    ObserveNative { of: Distribution, bucket: usize, classic: Option<usize>, value: f64 },
    Timers { of: Distribution, by: i64 },
}

/// The updates of a thread that is in the middle of another one, as those of a global allocator that counts are while the block
/// of the thread is allocated: they are applied when the other one ends.
struct Deferred {
    is_busy: Cell<bool>,
    updates: [Cell<Option<(CellRef, Update)>>; MAX_DEFERRED],
}

const MAX_DEFERRED: usize = 8;

impl Deferred {
    const fn new() -> Self {
        Deferred { is_busy: Cell::new(false), updates: [const { Cell::new(None) }; MAX_DEFERRED] }
    }

    fn defer(&self, cells: CellRef, update: Update) {
        for deferred in &self.updates {
            match (deferred.get(), update) {
                (None, _) => return deferred.set(Some((cells, update))),
                (Some((of, Update::Add(before))), Update::Add(by)) if of == cells => {
                    return deferred.set(Some((cells, Update::Add(before.saturating_add(by)))));
                }
                _ => {}
            }
        }
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs `update`, which may allocate and lock; updates of this thread that come meanwhile are applied after it.
pub(super) fn exclusively<T>(update: impl FnOnce() -> T) -> T {
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

/// Applies an update to cells wherever they are.
#[cold]
fn far(cells: CellRef, update: Update) {
    if DEFERRED.with(|deferred| deferred.is_busy.get()) {
        DEFERRED.with(|deferred| deferred.defer(cells, update));
    } else {
        exclusively(|| apply(cells, update));
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
            // Serialized by the lock: these threads share one block.
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
            Update::Observe { of, bucket, value } => {
                if cells.is_permanent() || of.claim(at, cells.generation()) {
                    Distribution::observe(at, bucket, value);
                }
            }
            Update::ObserveNative { of, bucket, classic, value } => {
                if cells.is_permanent() || of.claim(at, cells.generation()) {
                    of.observe_native(at, bucket, classic, value);
                }
            }
            Update::Timers { of, by } => {
                if cells.is_permanent() || of.claim(at, cells.generation()) {
                    block::add_level(&at[TIMERS << of.shift], by);
                }
            }
        }
    }
}

/// Waits until the readers that want distributions to stay as they are have read them, and no longer than a reader takes.
fn wait_for_readers() {
    for attempt in 0..1_000 {
        if PAUSED.load(Ordering::Relaxed) == 0 {
            return;
        }
        // A reader that does not run makes no progress while this thread does.
        if attempt % 250 == 249 { thread::yield_now() } else { spin_loop() }
    }
}

/// Keeps distributions as they are, but for a bounded time, until it is dropped.
pub(super) struct Pause<'a>(&'a [&'static AtomicU64]);

impl<'a> Pause<'a> {
    /// Asks the threads whose cells of [`PAUSED_SLOT`] these are.
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

/// Returns how many updates found no cells.
pub(crate) fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// This thread's cell of a counter or level, if it is near and of the right generation.
#[inline(always)]
fn near_scalar(cells: CellRef) -> Option<&'static AtomicU64> {
    let (first, slot) = (FIRST.get(), cells.slot() as usize);
    if cells.is_permanent() {
        return first.get(slot);
    }
    match first.get(slot..slot + 2)? {
        [head, value] if block::generation(get(head)) == cells.generation() => Some(value),
        _ => None,
    }
}

/// From this number on, an addition is noted as an update: a few of them may add up to 2^64, and so to the value that the counter
/// had before.
const LARGE: u64 = 1 << 32;

/// Adds `by` to a counter, which stays at the largest number.
#[inline]
pub(crate) fn add(cells: CellRef, by: u64) {
    match near_scalar(cells) {
        Some(at) => {
            if (!block::add(at, by) || by >= LARGE) && !cells.is_permanent() {
                touch(cells);
            }
        }
        None => add_far(cells, by),
    }
}

/// Adds `by` to a floating-point counter.
#[inline]
pub(crate) fn add_float(cells: CellRef, by: f64) {
    match near_scalar(cells) {
        Some(at) => {
            if !block::add_float(at, by) && !cells.is_permanent() {
                touch(cells);
            }
        }
        None => add_float_far(cells, by),
    }
}

/// Notes an update that left a near counter as it was, so that its series does not count as idle.
#[cold]
fn touch(cells: CellRef) {
    if let Some(at) = FIRST.get().get(cells.slot() as usize..) {
        block::touch(at);
    }
}

/// Adds `by` to a level: what one thread adds another may take away.
#[inline]
pub(crate) fn add_level(cells: CellRef, by: i64) {
    match near_scalar(cells) {
        Some(at) => block::add_level(at, by),
        None => add_level_far(cells, by),
    }
}

// Each of the following takes what it needs in registers: a call that is not made costs nothing.

#[cold]
#[inline(never)]
fn add_far(cells: CellRef, by: u64) {
    far(cells, Update::Add(by));
}

#[cold]
#[inline(never)]
fn add_float_far(cells: CellRef, by: f64) {
    far(cells, Update::AddFloat(by));
}

#[cold]
#[inline(never)]
fn add_level_far(cells: CellRef, by: i64) {
    far(cells, Update::AddLevel(by));
}

#[cold]
#[inline(never)]
fn observe_far(cells: CellRef, classic: u32, bucket: usize, value: f64) {
    let of = Distribution { classic, native: 0, shift: 0 };
    far(cells, Update::Observe { of, bucket, value });
}

#[cold]
#[inline(never)]
fn observe_dense_far(cells: CellRef, native: u32, bucket: usize, value: f64) {
    let of = Distribution { classic: 0, native, shift: 0 };
    observe_native(cells, of, bucket, None, value);
}

/// This thread's cells of a distribution, if they are near, of the right generation, and no reader wants them to stay as they are.
#[inline(always)]
fn near_distribution(cells: CellRef) -> Option<&'static [AtomicU64]> {
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
    match near_distribution(cells) {
        Some(at) => Distribution::observe(at, bucket, value),
        None => observe_far(cells, classic, bucket, value),
    }
}

/// Records `value` in a native bucket of a dense distribution with `native` buckets and no classic ones.
#[inline(always)]
pub(crate) fn observe_dense(cells: CellRef, native: u32, bucket: usize, value: f64) {
    match near_distribution(cells) {
        Some(at) if Distribution::observe_dense(at, bucket, value) => {}
        _ => observe_dense_far(cells, native, bucket, value),
    }
}

/// Counts `value` in the native bucket number `bucket` of a distribution, and in the classic one number `classic` if there are some.
pub(crate) fn observe_native(cells: CellRef, of: Distribution, bucket: usize, classic: Option<usize>, value: f64) {
    match near_distribution(cells) {
        Some(at) => of.observe_native(at, bucket, classic, value),
        None => far(cells, Update::ObserveNative { of, bucket, classic, value }),
    }
}

/// Counts timers of a distribution that start, or end where `by` is negative.
pub(crate) fn add_timers(cells: CellRef, of: Distribution, by: i64) {
    far(cells, Update::Timers { of, by });
}
