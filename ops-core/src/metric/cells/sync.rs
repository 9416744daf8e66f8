//! What `block` and `bytes` are built on: the standard library, or the model of it that the tests of their protocols put
//! here.

pub(super) use crate::unwind::IgnorePoison;
use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::cell::UnsafeCell;
pub(super) use std::hint::spin_loop;
use std::ops::Range;
use std::ptr;
pub(super) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
pub(super) use std::sync::{Mutex, RwLock};

/// Cells of one segment.
pub(super) const SEGMENT: u32 = if cfg!(miri) { 1 << 10 } else { 1 << 16 };

/// Cells that are 0, without writing them one by one: memory that nothing touches is not paged in.
#[expect(unsafe_code, reason = "memory that is zero already")]
pub(super) fn zeroed(cells: usize) -> Box<[AtomicU64]> {
    // SAFETY: an `AtomicU64` has the bit validity of a `u64`, of which all zeros is a value.
    unsafe { zeroed_slice(cells) }
}

/// A slice of `len` values whose bytes are all zero, as the allocator returns them. `Box::new_zeroed_slice` is newer than the
/// oldest Rust that this crate supports.
///
/// # Safety
/// All zeros must be a value of `T`.
#[expect(unsafe_code, reason = "memory that is zero already")]
unsafe fn zeroed_slice<T>(len: usize) -> Box<[T]> {
    let Ok(layout) = Layout::array::<T>(len) else { handle_alloc_error(Layout::new::<T>()) };
    if layout.size() == 0 {
        return Box::default();
    }
    // SAFETY: the size of the layout is not 0.
    let memory = unsafe { alloc_zeroed(layout) };
    if memory.is_null() {
        handle_alloc_error(layout);
    }
    // SAFETY: the global allocator returned the memory for the layout of `[T]` of this length; the caller promises that zeros
    // are values of `T`.
    unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(memory.cast(), len)) }
}

/// The bytes of the first page; each further one has twice as many.
pub(super) const FIRST_PAGE: usize = 1 << 10;

/// Bytes that are written once and read from then on.
pub(super) struct Page(Box<[UnsafeCell<u8>]>);

/// Bytes that are not written any more.
pub(super) type Written<'a> = &'a [u8];

// SAFETY: who calls `read` and `write` vouches for it that no byte is written while anybody else reads or writes it.
#[expect(unsafe_code, reason = "read without a lock what is not written any more")]
unsafe impl Sync for Page {}

impl std::panic::RefUnwindSafe for Page {}

impl Page {
    /// So many bytes, which are 0 and paged in as they are touched.
    #[expect(unsafe_code, reason = "memory that is zero already")]
    pub(super) fn new(len: usize) -> Self {
        // SAFETY: an `UnsafeCell<u8>` has the bit validity of a `u8`, of which 0 is a value.
        Page(unsafe { zeroed_slice(len) })
    }

    /// The bytes in `range`.
    ///
    /// # Safety
    /// Nobody writes any of them, now or later, and what was written happened before.
    #[inline]
    #[expect(unsafe_code, reason = "read without a lock what is not written any more")]
    pub(super) unsafe fn read(&self, range: Range<usize>) -> Written<'_> {
        let bytes: *const [UnsafeCell<u8>] = &self.0[range];
        // SAFETY: an `UnsafeCell<u8>` is laid out as a `u8`; the caller vouches for it that nobody writes.
        unsafe { &*(bytes as *const [u8]) }
    }

    /// Writes `bytes` from `at` on.
    ///
    /// # Safety
    /// Nobody else reads or writes any of them meanwhile.
    #[expect(unsafe_code, reason = "written before anybody reads")]
    pub(super) unsafe fn write(&self, at: usize, bytes: &[u8]) {
        for (cell, byte) in self.0[at..at + bytes.len()].iter().zip(bytes) {
            // SAFETY: the caller vouches for it that nobody else reads or writes it.
            unsafe { *cell.get() = *byte };
        }
    }
}
