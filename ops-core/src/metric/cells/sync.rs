//! What `block` and `bytes` are built on: the standard library, or the model of it that the tests of their protocols put
//! here.

pub(super) use crate::unwind::IgnorePoison;
#[cfg(target_os = "linux")]
use memmap2::UncheckedAdvice;
use memmap2::{MmapMut, MmapRaw};
use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::cell::UnsafeCell;
use std::ops::{Deref, Range};
pub(super) use std::sync::Mutex;
pub(super) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use std::{ptr, slice};

/// The number of cells of one segment.
pub(super) const SEGMENT: u32 = if cfg!(miri) {
    1 << 12
} else if cfg!(target_pointer_width = "64") {
    1 << 17
} else {
    1 << 14
};

/// Cells that are 0 at first, in memory that is paged in as it is touched.
pub(super) struct Cells(Memory);

enum Memory {
    /// Mapped by the system: the global allocator may itself count, and keeps what it is given back.
    Mapped(MmapRaw),
    /// Allocated, where the system maps no memory.
    Allocated(Box<[AtomicU64]>),
}

impl Cells {
    #[expect(unsafe_code, reason = "memory that is zero already")]
    pub(super) fn zeroed(cells: usize) -> Self {
        // Miri runs the tests with memory whose every access it checks.
        let mapped = if cfg!(miri) { None } else { MmapMut::map_anon(cells * size_of::<AtomicU64>()).ok() };
        Cells(match mapped {
            Some(mapped) => Memory::Mapped(mapped.into()),
            // SAFETY: an `AtomicU64` has the bit validity of a `u64`, of which all zeros is a value.
            None => Memory::Allocated(unsafe { zeroed_slice(cells) }),
        })
    }

    /// Resets the cells to 0, and returns their memory to the system where it takes single pages back.
    pub(super) fn reset(&self) {
        if !self.discard() {
            self.iter().for_each(|cell| cell.store(0, Ordering::Relaxed));
        }
    }

    #[cfg(target_os = "linux")]
    #[expect(unsafe_code, reason = "memory is returned to the system")]
    fn discard(&self) -> bool {
        match &self.0 {
            // SAFETY: the pages read as zeros from now on (madvise(2), `MADV_DONTNEED` of a private anonymous mapping), and all
            // zeros is a value of `AtomicU64`.
            Memory::Mapped(mapped) => unsafe { mapped.unchecked_advise(UncheckedAdvice::DontNeed) }.is_ok(),
            Memory::Allocated(_) => false,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn discard(&self) -> bool {
        false
    }
}

impl Deref for Cells {
    type Target = [AtomicU64];

    #[expect(unsafe_code, reason = "cells in mapped memory")]
    fn deref(&self) -> &[AtomicU64] {
        match &self.0 {
            // SAFETY: the mapping is page-aligned, of this length, and lives as long as `self`; nothing but these cells is ever
            // in it, and any bytes are a value of `AtomicU64`.
            Memory::Mapped(mapped) => unsafe {
                slice::from_raw_parts(mapped.as_mut_ptr().cast(), mapped.len() / size_of::<AtomicU64>())
            },
            Memory::Allocated(cells) => cells,
        }
    }
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
