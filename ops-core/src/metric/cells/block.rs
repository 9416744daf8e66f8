//! Blocks of cells: single writer, multiple readers.
//!
//! Only the owning thread writes to a block, so an update is a plain load and store instead of an atomic read-modify-write.
//! This file depends only on `super::sync`, so `tests/loom` checks it unchanged.

use super::sync::IgnorePoison;
use super::sync::{AtomicU64, Cells, Mutex, Ordering, SEGMENT, fence};
use std::sync::OnceLock;

/// Number of segments per block.
pub(super) const SEGMENTS: usize = 1 << 8;

/// The cells of one thread.
pub(super) struct Block {
    first: OnceLock<Cells>,
    /// Allocated separately: most programs need one segment but may have thousands of threads.
    others: OnceLock<Box<[OnceLock<Cells>]>>,
}

impl Block {
    pub(super) const fn new() -> Self {
        Block { first: OnceLock::new(), others: OnceLock::new() }
    }

    /// Returns the segment of `slot`, creating it if necessary.
    pub(super) fn segment(&self, slot: u32) -> &[AtomicU64] {
        let segment = match (slot / SEGMENT) as usize {
            0 => &self.first,
            number => &self.others.get_or_init(|| (1..SEGMENTS).map(|_| OnceLock::new()).collect())[number - 1],
        };
        segment.get_or_init(|| Cells::zeroed(SEGMENT as usize))
    }

    /// Returns the existing segments with their numbers.
    pub(super) fn segments(&self) -> impl Iterator<Item = (usize, &[AtomicU64])> {
        let others = self.others.get().into_iter().flatten();
        let all = [&self.first].into_iter().chain(others).enumerate();
        all.filter_map(|(number, segment)| Some((number, &**segment.get()?)))
    }

    /// Returns the cells from `slot` to the end of its segment, creating the segment if necessary.
    pub(super) fn cells(&self, slot: u32) -> &[AtomicU64] {
        &self.segment(slot)[(slot % SEGMENT) as usize..]
    }

    /// Returns the cells from `slot` to the end of its segment, or `None` if the segment does not exist.
    pub(super) fn existing(&self, slot: u32) -> Option<&[AtomicU64]> {
        let segment = match (slot / SEGMENT) as usize {
            0 => &self.first,
            number => self.others.get()?.get(number - 1)?,
        };
        Some(&segment.get()?[(slot % SEGMENT) as usize..])
    }

    /// Resets all cells to 0 and returns their memory to the system.
    fn reset(&self) {
        let others = self.others.get().into_iter().flatten();
        [&self.first].into_iter().chain(others).filter_map(OnceLock::get).for_each(Cells::reset);
    }
}

/// The blocks of all threads.
pub(super) struct Blocks(Mutex<Lists>);

/// The blocks by state.
pub(super) struct Lists {
    /// Blocks of running and ended threads, which contribute to the values.
    counted: Vec<&'static Block>,
    /// Blocks in `counted` whose threads have ended.
    ended: Vec<&'static Block>,
    /// Free blocks; all their cells are 0.
    empty: Vec<&'static Block>,
    /// Number of active readers.
    readers: usize,
}

impl Lists {
    pub(super) const fn new() -> Self {
        Lists { counted: Vec::new(), ended: Vec::new(), empty: Vec::new(), readers: 0 }
    }
}

impl Blocks {
    /// Wraps empty `lists`; the caller creates the mutex because that of `loom` has no `const` constructor.
    pub(super) const fn new(lists: Mutex<Lists>) -> Self {
        Blocks(lists)
    }

    /// Acquires a block for a new thread: that of an ended thread, including its values, or an empty one.
    pub(super) fn acquire(&self) -> &'static Block {
        let mut lists = self.0.lock().ignore_poison();
        if let Some(ended) = lists.ended.pop() {
            return ended;
        }
        let block = lists.empty.pop().unwrap_or_else(|| Box::leak(Box::new(Block::new())));
        lists.counted.push(block);
        block
    }

    /// Releases the block of an ending thread.
    pub(super) fn release(&self, block: &'static Block) {
        self.0.lock().ignore_poison().ended.push(block);
    }

    /// Returns the counted blocks; none is merged until [`end_read`](Self::end_read).
    pub(super) fn begin_read(&self) -> Vec<&'static Block> {
        let mut lists = self.0.lock().ignore_poison();
        lists.readers += 1;
        lists.counted.clone()
    }

    /// Ends a read that [`begin_read`](Self::begin_read) started.
    pub(super) fn end_read(&self) {
        self.0.lock().ignore_poison().readers -= 1;
    }

    /// Merges up to `limit` blocks of ended threads with `merge(from, to)`, until at most `keep` remain.
    ///
    /// Does nothing while there are readers, which would count a value twice or miss it.
    pub(super) fn merge_ended(&self, keep: usize, limit: usize, merge: impl Fn(&Block, &Block)) {
        let mut lists = self.0.lock().ignore_poison();
        if lists.readers > 0 {
            return;
        }
        for _ in 0..limit {
            if lists.ended.len() <= keep.max(1) {
                return;
            }
            let (Some(from), Some(&to)) = (lists.ended.pop(), lists.ended.first()) else { return };
            merge(from, to);
            from.reset();
            if let Some(at) = lists.counted.iter().position(|block| std::ptr::eq(*block, from)) {
                lists.counted.swap_remove(at);
            }
            lists.empty.push(from);
        }
    }

    /// Calls `update` for each counted block, under the lock that acquiring and merging blocks requires.
    pub(super) fn for_each(&self, update: impl FnMut(&&'static Block)) {
        self.0.lock().ignore_poison().counted.iter().for_each(update);
    }
}

#[inline]
pub(super) fn get(cell: &AtomicU64) -> u64 {
    cell.load(Ordering::Relaxed)
}

#[inline]
pub(super) fn set(cell: &AtomicU64, value: u64) {
    cell.store(value, Ordering::Relaxed);
}

#[inline]
pub(super) fn get_float(cell: &AtomicU64) -> f64 {
    f64::from_bits(get(cell))
}

#[inline]
pub(super) fn set_float(cell: &AtomicU64, value: f64) {
    set(cell, value.to_bits());
}

/// Adds `by` to a counter, saturating at `u64::MAX`. Returns `false` if the value may be unchanged.
#[inline]
pub(super) fn add(cell: &AtomicU64, by: u64) -> bool {
    // A predicted branch is free, while a conditional move would lengthen the dependency chain of successive additions.
    match get(cell).checked_add(by) {
        Some(total) => set(cell, total),
        None => {
            saturate(cell);
            return false;
        }
    }
    by != 0
}

#[cold]
fn saturate(cell: &AtomicU64) {
    set(cell, u64::MAX);
}

/// Adds `by` to a floating-point counter. Returns `false` if the value is unchanged.
///
/// Due to rounding, a large value may be unchanged by a small addition.
#[inline]
pub(super) fn add_float(cell: &AtomicU64, by: f64) -> bool {
    let before = get_float(cell);
    let after = before + by;
    set_float(cell, after);
    after.to_bits() != before.to_bits()
}

/// Adds `by` to a level (an up-down counter).
#[inline]
pub(super) fn add_level(cell: &AtomicU64, by: i64) {
    set(cell, get(cell).wrapping_add_signed(by));
}

/// Returns the generation in the head of a group of cells.
///
/// Cells are reused by one series after another. The head is the first cell of a group: the lower half is the generation of the
/// series that the cells belong to; the upper half is the seqlock version of a distribution, or the number of updates that left
/// a counter unchanged.
#[inline]
pub(super) fn generation(head: u64) -> u32 {
    head as u32
}

/// Increment of the upper half of the head.
pub(super) const STEP: u64 = 1 << 32;
/// Bit of the seqlock version that is set during a write.
const ODD: u64 = STEP;

/// Claims the cells of a counter or level for generation `new`, resetting the value of an earlier one.
///
/// Returns `false` if the cells have a later generation.
pub(super) fn claim(cells: &[AtomicU64], new: u32) -> bool {
    let [head, value, ..] = cells else { return false };
    let present = generation(get(head));
    if present >= new {
        return present == new;
    }
    // A reader of the old series that sees the new value also sees the changed head.
    set(head, 0);
    fence(Ordering::Release);
    set(value, 0);
    head.store(new.into(), Ordering::Release);
    true
}

/// Records an update that left the value of a counter unchanged.
#[cold]
pub(super) fn touch(cells: &[AtomicU64]) {
    if let Some(head) = cells.first() {
        set(head, get(head).wrapping_add(STEP));
    }
}

/// Reads a counter or level. Returns `None` if its cells do not have the generation `wanted`.
pub(super) fn read_of(cells: &[AtomicU64], wanted: u32) -> Option<u64> {
    let [head, value, ..] = cells else { return None };
    let is_wanted = |head: u64| generation(head) == wanted;
    if !is_wanted(head.load(Ordering::Acquire)) {
        return None;
    }
    let value = get(value);
    fence(Ordering::Acquire);
    is_wanted(get(head)).then_some(value)
}

/// The cell layout of a distribution: head, classic buckets, marks, native buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Distribution {
    /// Number of classic buckets, or 0.
    pub(crate) classic: u32,
    /// Number of native buckets, or 0.
    pub(crate) native: u32,
    /// Base-2 logarithm of the distance between the cells of a series.
    ///
    /// A series populates few of its many native buckets. Interleaving the series puts the same bucket of many of them into one
    /// memory page, so only the pages of populated buckets are resident.
    pub(crate) shift: u32,
}

/// Number of the head cell, with the seqlock version, odd during a write, and the generation.
const VERSION: usize = 0;
/// Number of the cell with the sum of the observations.
const SUM: usize = 1;
/// Number of the cell that counts running timers.
pub(super) const TIMERS: usize = 2;
/// Number of cells before the classic buckets.
const HEAD: usize = 3;
/// Number of native buckets per mark: one octave.
const MARKED: usize = 8;
/// Number of mark cells, which form a bitmap of the groups of native buckets with observations.
const MARKS: usize = 4;
pub(super) type Marks = [u64; MARKS];

impl Distribution {
    /// Returns the number of cells.
    pub(crate) const fn len(self) -> u32 {
        let marks = if self.native > 0 { MARKS as u32 } else { 0 };
        HEAD as u32 + self.classic + marks + self.native
    }

    const fn marks(self) -> usize {
        HEAD + self.classic as usize
    }

    #[inline]
    fn cell(self, cells: &[AtomicU64], number: usize) -> &AtomicU64 {
        &cells[number << self.shift]
    }

    /// Calls `update(bucket, cell)` with the number of each marked native bucket and that of its cell.
    fn for_each_marked(self, marks: &Marks, mut update: impl FnMut(usize, usize)) {
        let first = self.marks() + MARKS;
        if self.native > 0 {
            // The zero bucket has no mark and is always included.
            update(0, first);
        }
        for (word, mut bits) in marks.iter().copied().enumerate() {
            while bits != 0 {
                let bucket = 1 + (word * 64 + bits.trailing_zeros() as usize) * MARKED;
                for bucket in bucket..(bucket + MARKED).min(self.native as usize) {
                    update(bucket, first + bucket);
                }
                bits &= bits - 1;
            }
        }
    }

    /// Claims the cells for generation `new`, clearing the values of an earlier one.
    ///
    /// Returns `false` if the cells have a later generation.
    pub(super) fn claim(self, cells: &[AtomicU64], new: u32) -> bool {
        let version = self.cell(cells, VERSION);
        let present = get(version);
        if generation(present) >= new {
            return generation(present) == new;
        }
        set(version, (present & !u64::from(u32::MAX) | u64::from(new)).wrapping_add(STEP));
        fence(Ordering::Release);
        self.clear(cells);
        version.store(get(version).wrapping_add(STEP), Ordering::Release);
        true
    }

    /// Resets all cells except the head to 0.
    fn clear(self, cells: &[AtomicU64]) {
        let marks = self.read_marks(cells);
        (SUM..self.marks()).for_each(|number| set(self.cell(cells, number), 0));
        self.for_each_marked(&marks, |_, number| set(self.cell(cells, number), 0));
        if self.native > 0 {
            (0..MARKS).for_each(|mark| set(self.cell(cells, self.marks() + mark), 0));
        }
    }

    /// Returns the head: version and generation.
    pub(super) fn version(self, cells: &[AtomicU64]) -> u64 {
        get(self.cell(cells, VERSION))
    }

    fn read_marks(self, cells: &[AtomicU64]) -> Marks {
        let mut marks = Marks::default();
        if self.native > 0 {
            marks.iter_mut().enumerate().for_each(|(at, mark)| *mark = get(self.cell(cells, self.marks() + at)));
        }
        marks
    }

    /// Reads a consistent state: fills `buckets` (classic, then native) and returns the sum and the marks.
    ///
    /// Of the native buckets only the marked ones are filled. All values are 0 if the cells do not have the generation `wanted`.
    /// Returns `None` if a concurrent write was detected; the caller retries.
    pub(super) fn read(self, cells: &[AtomicU64], wanted: u32, buckets: &mut [u64]) -> Option<(f64, Marks)> {
        let version = self.cell(cells, VERSION);
        let before = version.load(Ordering::Acquire);
        if generation(before) != wanted {
            buckets[..self.classic as usize].fill(0);
            self.for_each_marked(&Marks::default(), |bucket, _| buckets[self.classic as usize + bucket] = 0);
            return Some((0.0, Marks::default()));
        }
        let (sum, marks) = self.read_unvalidated(cells, buckets);
        fence(Ordering::Acquire);
        (before & ODD == 0 && get(version) == before).then_some((sum, marks))
    }

    /// Like [`read`](Self::read), but does not detect concurrent writes.
    ///
    /// The buckets or the sum may lack an observation in progress.
    pub(super) fn read_unvalidated(self, cells: &[AtomicU64], buckets: &mut [u64]) -> (f64, Marks) {
        let (classic, native) = buckets.split_at_mut(self.classic as usize);
        for (at, bucket) in classic.iter_mut().enumerate() {
            *bucket = get(self.cell(cells, HEAD + at));
        }
        let marks = self.read_marks(cells);
        self.for_each_marked(&marks, |bucket, number| native[bucket] = get(self.cell(cells, number)));
        (get_float(self.cell(cells, SUM)), marks)
    }

    /// Adds the buckets that [`read`](Self::read) filled in `from` to `to`.
    pub(super) fn add_read(self, from: &[u64], marks: &Marks, to: &mut [u64]) {
        let classic = self.classic as usize;
        let mut add = |bucket: usize| to[bucket] = to[bucket].saturating_add(from[bucket]);
        (0..classic).for_each(&mut add);
        self.for_each_marked(marks, |bucket, _| add(classic + bucket));
    }

    /// Adds the observations of `from` to `to`; drops them if `to` has a later generation.
    ///
    /// No other thread may read or write the cells concurrently.
    pub(super) fn merge(self, from: &[AtomicU64], to: &[AtomicU64]) {
        let (from_head, to_head) = (get(self.cell(from, VERSION)), get(self.cell(to, VERSION)));
        let merged = generation(from_head);
        if !self.claim(to, merged) {
            return;
        }
        let marks = self.read_marks(from);
        let counters = HEAD..self.marks();
        let add_cell = |number: usize| _ = add(self.cell(to, number), get(self.cell(from, number)));
        counters.for_each(add_cell);
        self.for_each_marked(&marks, |_, number| add_cell(number));
        if self.native > 0 {
            for (at, mark) in marks.iter().enumerate() {
                let to = self.cell(to, self.marks() + at);
                set(to, get(to) | mark);
            }
        }
        add_float(self.cell(to, SUM), get_float(self.cell(from, SUM)));
        add_level(self.cell(to, TIMERS), get(self.cell(from, TIMERS)) as i64);
        // A merge preserves the sum of the versions, so it does not count as an update.
        let updates = |head: u64| if generation(head) == merged { head & !u64::from(u32::MAX) & !ODD } else { 0 };
        set(self.cell(to, VERSION), u64::from(merged) | updates(from_head).wrapping_add(updates(to_head)));
    }

    /// Records `value` in the classic bucket number `bucket` of a distribution that is not interleaved.
    #[inline]
    pub(super) fn observe(cells: &[AtomicU64], bucket: usize, value: f64) {
        let [version, sum, _timers, buckets @ ..] = cells else { return };
        let Some(bucket) = buckets.get(bucket) else { return };
        write(version, || {
            set(bucket, get(bucket) + 1);
            add_float(sum, value);
        });
    }

    /// Records `value` in a native-only distribution that is not interleaved.
    ///
    /// Returns `false` and records nothing if the bucket is empty: [`observe_native`](Self::observe_native) must mark it.
    #[inline(always)]
    pub(super) fn observe_dense(cells: &[AtomicU64], bucket: usize, value: f64) -> bool {
        // The cast rules out an overflow, so that a single bounds check suffices.
        let number = HEAD + MARKS + bucket as u32 as usize;
        let Some(cells) = cells.get(..number + 1) else { return false };
        let count = get(&cells[number]);
        if count == 0 {
            return false;
        }
        write(&cells[VERSION], || {
            set(&cells[number], count + 1);
            add_float(&cells[SUM], value);
        });
        true
    }

    /// Records `value` in a native bucket, and in a classic bucket if `classic` is `Some`.
    pub(super) fn observe_native(self, cells: &[AtomicU64], bucket: usize, classic: Option<usize>, value: f64) {
        let number = self.marks() + MARKS + bucket;
        let cells = &cells[..(number << self.shift) + 1];
        write(self.cell(cells, VERSION), || {
            let cell = self.cell(cells, number);
            let count = get(cell);
            if count == 0 {
                self.mark(cells, bucket);
            }
            set(cell, count + 1);
            if let Some(classic) = classic {
                let cell = self.cell(cells, HEAD + classic);
                set(cell, get(cell) + 1);
            }
            add_float(self.cell(cells, SUM), value);
        });
    }

    /// Marks the group of a native bucket as populated.
    #[cold]
    fn mark(self, cells: &[AtomicU64], bucket: usize) {
        if let Some(bucket) = bucket.checked_sub(1) {
            let bit = bucket / MARKED;
            let mark = self.cell(cells, self.marks() + bit / 64);
            set(mark, get(mark) | 1 << (bit % 64));
        }
    }
}

/// Runs `update` as the write side of the seqlock: the version is odd meanwhile, so readers retry.
#[inline]
fn write(version: &AtomicU64, update: impl FnOnce()) {
    let odd = get(version).wrapping_add(STEP);
    set(version, odd);
    fence(Ordering::Release);
    update();
    version.store(odd.wrapping_add(STEP), Ordering::Release);
}
