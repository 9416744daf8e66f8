//! What `block` is built on: the standard library, or the model of it that the tests of its protocol put here.

pub(super) use std::hint::spin_loop;
pub(super) use std::sync::atomic::{AtomicU64, Ordering, fence};
pub(super) use std::sync::{Mutex, RwLock};

/// Cells of one segment.
pub(super) const SEGMENT: u32 = if cfg!(miri) { 1 << 10 } else { 1 << 16 };

/// Cells that are 0, without writing them one by one: memory that nothing touches is not paged in.
#[expect(unsafe_code, reason = "memory that is zero already")]
pub(super) fn zeroed(cells: usize) -> Box<[AtomicU64]> {
    let cells = Box::new_zeroed_slice(cells);
    // SAFETY: an `AtomicU64` has the bit validity of a `u64`, of which all zeros is a value.
    unsafe { cells.assume_init() }
}
