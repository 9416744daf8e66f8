//! Blocks of cells: one thread writes to a block, any thread reads it.
//!
//! Only the thread that owns a block writes to it, so a load and a store are an update. This file names nothing but
//! `super::sync`, so that `tests/loom` runs it unchanged in a model of the memory.

use super::sync::IgnorePoison;
use super::sync::{AtomicU64, Cells, Mutex, Ordering, SEGMENT, fence};
use std::sync::OnceLock;

/// The number of segments of a block.
pub(super) const SEGMENTS: usize = 1 << 8;

/// The cells of one thread.
pub(super) struct Block {
    first: OnceLock<Cells>,
    /// Kept apart: most programs need one segment, and may have thousands of threads.
    others: OnceLock<Box<[OnceLock<Cells>]>>,
}

impl Block {
    pub(super) const fn new() -> Self {
        Block { first: OnceLock::new(), others: OnceLock::new() }
    }

    /// Returns the segment of `slot`, and creates it if it does not exist.
    pub(super) fn segment(&self, slot: u32) -> &[AtomicU64] {
        let segment = match (slot / SEGMENT) as usize {
            0 => &self.first,
            number => &self.others.get_or_init(|| (1..SEGMENTS).map(|_| OnceLock::new()).collect())[number - 1],
        };
        segment.get_or_init(|| Cells::zeroed(SEGMENT as usize))
    }

    /// Returns the existing segments, by number.
    pub(super) fn segments(&self) -> impl Iterator<Item = (usize, &[AtomicU64])> {
        let others = self.others.get().into_iter().flatten();
        let all = [&self.first].into_iter().chain(others).enumerate();
        all.filter_map(|(number, segment)| Some((number, &**segment.get()?)))
    }

    /// Returns the cells from `slot` to the end of its segment, and creates the segment if it does not exist.
    pub(super) fn cells(&self, slot: u32) -> &[AtomicU64] {
        &self.segment(slot)[(slot % SEGMENT) as usize..]
    }

    /// Returns the cells from `slot` to the end of its segment, if that exists.
    pub(super) fn existing(&self, slot: u32) -> Option<&[AtomicU64]> {
        let segment = match (slot / SEGMENT) as usize {
            0 => &self.first,
            number => self.others.get()?.get(number - 1)?,
        };
        Some(&segment.get()?[(slot % SEGMENT) as usize..])
    }

    /// Resets all cells to 0, and returns their memory to the system.
    fn reset(&self) {
        let others = self.others.get().into_iter().flatten();
        [&self.first].into_iter().chain(others).filter_map(OnceLock::get).for_each(Cells::reset);
    }
}

/// The blocks of all threads.
pub(super) struct Blocks(Mutex<Lists>);

pub(super) struct Lists {
    /// The blocks whose cells count.
    counted: Vec<&'static Block>,
    /// Those of `counted` whose threads have ended.
    ended: Vec<&'static Block>,
    /// The blocks whose cells are all 0, which count for nothing.
    empty: Vec<&'static Block>,
    readers: usize,
}

impl Lists {
    pub(super) const fn new() -> Self {
        Lists { counted: Vec::new(), ended: Vec::new(), empty: Vec::new(), readers: 0 }
    }
}

impl Blocks {
    /// No blocks yet.
    pub(super) const fn new(lists: Mutex<Lists>) -> Self {
        Blocks(lists)
    }

    /// Returns a block for a thread to own: that of a thread that has ended, values and all, or an empty one.
    pub(super) fn acquire(&self) -> &'static Block {
        let mut lists = self.0.lock().ignore_poison();
        if let Some(ended) = lists.ended.pop() {
            return ended;
        }
        let block = lists.empty.pop().unwrap_or_else(|| Box::leak(Box::new(Block::new())));
        lists.counted.push(block);
        block
    }

    /// Takes the block of a thread that ends.
    pub(super) fn release(&self, block: &'static Block) {
        self.0.lock().ignore_poison().ended.push(block);
    }

    /// Returns the blocks whose cells count. They stay the same until [`end_read`](Self::end_read).
    pub(super) fn begin_read(&self) -> Vec<&'static Block> {
        let mut lists = self.0.lock().ignore_poison();
        lists.readers += 1;
        lists.counted.clone()
    }

    /// Ends what [`begin_read`](Self::begin_read) began.
    pub(super) fn end_read(&self) {
        self.0.lock().ignore_poison().readers -= 1;
    }

    /// Merges up to `most` blocks of threads that have ended into another one, so that no more than `keep` of them are left,
    /// by `merge(from, to)`. Does nothing while a reader would see a value twice or not at all.
    pub(super) fn merge_ended(&self, keep: usize, most: usize, merge: impl Fn(&Block, &Block)) {
        let mut lists = self.0.lock().ignore_poison();
        if lists.readers > 0 {
            return;
        }
        for _ in 0..most {
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

    /// Runs `update` on the blocks whose cells count, while none is acquired or merged.
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

/// Adds `by` to a counter, which stays at the largest number. Returns `false` if the value may be the same as before.
#[inline]
pub(super) fn add(cell: &AtomicU64, by: u64) -> bool {
    // A branch that is foreseen costs nothing; to choose between two numbers would make the next addition wait for it.
    match get(cell).checked_add(by) {
        Some(total) => set(cell, total),
        None => {
            stay_at_largest(cell);
            return false;
        }
    }
    by != 0
}

#[cold]
fn stay_at_largest(cell: &AtomicU64) {
    set(cell, u64::MAX);
}

/// Adds `by` to a floating-point counter. Returns `false` if the value is the same as before: also that of a large number to
/// which a small one is added.
#[inline]
pub(super) fn add_float(cell: &AtomicU64, by: f64) -> bool {
    let before = get_float(cell);
    let after = before + by;
    set_float(cell, after);
    after.to_bits() != before.to_bits()
}

/// Adds `by` to a level.
#[inline]
pub(super) fn add_level(cell: &AtomicU64, by: i64) {
    set(cell, get(cell).wrapping_add_signed(by));
}

/// The first cell of a group of cells that series share one after the other: the generation that the cells are of in the
/// lower half, and in the upper half the version of a distribution, or how often an update left a counter as it was.
#[inline]
pub(super) fn generation(head: u64) -> u32 {
    head as u32
}

/// One in the upper half of the first cell.
pub(super) const STEP: u64 = 1 << 32;
/// The bit that is 1 while a distribution is written.
const ODD: u64 = STEP;

/// Makes the counter or level of these two cells one of `generation`, from 0. Returns `false` if they are of a later one.
pub(super) fn claim(cells: &[AtomicU64], new: u32) -> bool {
    let [head, value, ..] = cells else { return false };
    let present = generation(get(head));
    if present >= new {
        return present == new;
    }
    // A reader that sees the new value in the old series sees as well that the head has changed.
    set(head, 0);
    fence(Ordering::Release);
    set(value, 0);
    head.store(new.into(), Ordering::Release);
    true
}

/// Notes an update that left the counter of these two cells as it was.
#[cold]
pub(super) fn touch(cells: &[AtomicU64]) {
    if let Some(head) = cells.first() {
        set(head, get(head).wrapping_add(STEP));
    }
}

/// Reads the cell after the first one, if both are of `wanted`.
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

/// The layout of a distribution: head, classic buckets, marks, native buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Distribution {
    /// The number of classic buckets; 0 where there are only native ones.
    pub(crate) classic: u32,
    /// The number of native buckets; 0 where there are only classic ones.
    pub(crate) native: u32,
    /// The logarithm of the distance from one cell to the next.
    ///
    /// Native buckets are many, and a series uses few of them: where the same bucket of many series is in one page of memory,
    /// only the pages of buckets that are used take memory.
    pub(crate) shift: u32,
}

/// The first cell: the version, which is odd while the distribution is written, and the generation.
const VERSION: usize = 0;
const SUM: usize = 1;
/// The level of timers that are running.
pub(super) const TIMERS: usize = 2;
const HEAD: usize = 3;
/// Native buckets that have one mark: those of an octave.
const MARKED: usize = 8;
/// The cells of the marks: a bit for each group of native buckets in which anything was counted.
const MARKS: usize = 4;
pub(super) type Marks = [u64; MARKS];

impl Distribution {
    /// The number of cells.
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

    /// Runs `update` on the numbers of native buckets that are marked, each with that of its cell.
    fn for_each_marked(self, marks: &Marks, mut update: impl FnMut(usize, usize)) {
        let first = self.marks() + MARKS;
        if self.native > 0 {
            // The bucket of 0 has no mark.
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

    /// Makes the cells those of a distribution of `new`, without observations. Returns `false` if they are of a later one.
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

    /// Resets all cells but the version to 0.
    fn clear(self, cells: &[AtomicU64]) {
        let marks = self.read_marks(cells);
        (SUM..self.marks()).for_each(|number| set(self.cell(cells, number), 0));
        self.for_each_marked(&marks, |_, number| set(self.cell(cells, number), 0));
        if self.native > 0 {
            (0..MARKS).for_each(|mark| set(self.cell(cells, self.marks() + mark), 0));
        }
    }

    /// The version and the generation.
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

    /// Puts the classic buckets and after them the native ones in `buckets`, and returns the sum: all of one moment, and all 0
    /// where the cells are of another generation than `wanted`. Returns `None` if they were written meanwhile.
    ///
    /// Only the native buckets that the marks name are put there.
    pub(super) fn read(self, cells: &[AtomicU64], wanted: u32, buckets: &mut [u64]) -> Option<(f64, Marks)> {
        let version = self.cell(cells, VERSION);
        let before = version.load(Ordering::Acquire);
        if generation(before) != wanted {
            buckets[..self.classic as usize].fill(0);
            self.for_each_marked(&Marks::default(), |bucket, _| buckets[self.classic as usize + bucket] = 0);
            return Some((0.0, Marks::default()));
        }
        let (sum, marks) = self.read_written(cells, buckets);
        fence(Ordering::Acquire);
        (before & ODD == 0 && get(version) == before).then_some((sum, marks))
    }

    /// As [`read`](Self::read) without validation: an observation in progress may be in a bucket and not yet in the sum.
    pub(super) fn read_written(self, cells: &[AtomicU64], buckets: &mut [u64]) -> (f64, Marks) {
        let (classic, native) = buckets.split_at_mut(self.classic as usize);
        for (at, bucket) in classic.iter_mut().enumerate() {
            *bucket = get(self.cell(cells, HEAD + at));
        }
        let marks = self.read_marks(cells);
        self.for_each_marked(&marks, |bucket, number| native[bucket] = get(self.cell(cells, number)));
        (get_float(self.cell(cells, SUM)), marks)
    }

    /// Adds what [`read`](Self::read) put in `from` to `to`.
    pub(super) fn add_read(self, from: &[u64], marks: &Marks, to: &mut [u64]) {
        let classic = self.classic as usize;
        let mut add = |bucket: usize| to[bucket] = to[bucket].saturating_add(from[bucket]);
        (0..classic).for_each(&mut add);
        self.for_each_marked(marks, |bucket, _| add(classic + bucket));
    }

    /// Adds the observations of `from` to those of `to`, which no other thread reads or writes meanwhile; those of an older generation
    /// than the other's are dropped.
    pub(super) fn merge(self, from: &[AtomicU64], to: &[AtomicU64]) {
        let (head, before) = (get(self.cell(from, VERSION)), get(self.cell(to, VERSION)));
        let of = generation(head);
        if !self.claim(to, of) {
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
        // The sum of the versions stays the same, so that a merge does not count as an update.
        let updates = |head: u64| if generation(head) == of { head & !u64::from(u32::MAX) & !ODD } else { 0 };
        set(self.cell(to, VERSION), u64::from(of) | updates(head).wrapping_add(updates(before)));
    }

    /// Counts `value` in the classic bucket number `bucket`, where a cell follows the other.
    #[inline]
    pub(super) fn observe(cells: &[AtomicU64], bucket: usize, value: f64) {
        let [version, sum, _timers, buckets @ ..] = cells else { return };
        let Some(bucket) = buckets.get(bucket) else { return };
        write(version, || {
            set(bucket, get(bucket) + 1);
            add_float(sum, value);
        });
    }

    /// Counts `value` in a native bucket, where a cell follows the other and there are no classic buckets. Returns `false` if it is
    /// the first observation in the bucket, which [`observe_native`](Self::observe_native) marks.
    #[inline(always)]
    pub(super) fn observe_dense(cells: &[AtomicU64], bucket: usize, value: f64) -> bool {
        // One check for all: the number of a bucket is small.
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

    /// Counts `value` in the native bucket number `bucket`, and in the classic one number `classic` if there are some.
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

    #[cold]
    fn mark(self, cells: &[AtomicU64], bucket: usize) {
        if let Some(bucket) = bucket.checked_sub(1) {
            let bit = bucket / MARKED;
            let mark = self.cell(cells, self.marks() + bit / 64);
            set(mark, get(mark) | 1 << (bit % 64));
        }
    }
}

/// Makes the version odd while `update` runs, so that a reader takes buckets and sum of one moment.
#[inline]
fn write(version: &AtomicU64, update: impl FnOnce()) {
    let odd = get(version).wrapping_add(STEP);
    set(version, odd);
    fence(Ordering::Release);
    update();
    version.store(odd.wrapping_add(STEP), Ordering::Release);
}
