//! Memory and synchronization primitives of `block` and `bytes`.
//!
//! `tests/loom` replaces this module with a model.

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

/// Number of cells per segment.
pub(super) const SEGMENT: u32 = if cfg!(miri) {
    1 << 12
} else if cfg!(target_pointer_width = "64") {
    1 << 17
} else {
    1 << 14
};

/// Zero-initialized cells in memory that is paged in on first use.
pub(super) struct Cells(Memory);

enum Memory {
    /// An anonymous mapping: the global allocator may itself update counters, and may retain freed memory.
    Mapped(MmapRaw),
    /// Heap memory, where mapping is unavailable.
    Allocated(Box<[AtomicU64]>),
}

impl Cells {
    #[expect(unsafe_code, reason = "allocates zeroed memory")]
    pub(super) fn zeroed(cells: usize) -> Self {
        // Under Miri the cells are on the heap, where it checks every access.
        let mapped = if cfg!(miri) { None } else { MmapMut::map_anon(cells * size_of::<AtomicU64>()).ok() };
        Cells(match mapped {
            Some(mapped) => Memory::Mapped(mapped.into()),
            // SAFETY: `AtomicU64` has the bit validity of `u64`, so all zeros is a valid value.
            None => Memory::Allocated(unsafe { zeroed_slice(cells) }),
        })
    }

    /// Resets the cells to 0; on Linux also returns their memory to the system.
    pub(super) fn reset(&self) {
        if !self.discard() {
            self.iter().for_each(|cell| cell.store(0, Ordering::Relaxed));
        }
    }

    #[cfg(target_os = "linux")]
    #[expect(unsafe_code, reason = "returns memory to the system")]
    fn discard(&self) -> bool {
        match &self.0 {
            // SAFETY: after `MADV_DONTNEED` the pages of a private anonymous mapping read as zeros (madvise(2)), and all zeros is
            // a valid value of `AtomicU64`.
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
            // SAFETY: the mapping is page-aligned, has this length and lives as long as `self`. It is accessed only as these
            // cells, and any bytes are a valid value of `AtomicU64`.
            Memory::Mapped(mapped) => unsafe {
                slice::from_raw_parts(mapped.as_mut_ptr().cast(), mapped.len() / size_of::<AtomicU64>())
            },
            Memory::Allocated(cells) => cells,
        }
    }
}

/// Allocates a zeroed slice of `len` values.
///
/// `Box::new_zeroed_slice` is newer than the MSRV.
///
/// # Safety
/// All zeros must be a valid value of `T`.
#[expect(unsafe_code, reason = "allocates zeroed memory")]
unsafe fn zeroed_slice<T>(len: usize) -> Box<[T]> {
    let Ok(layout) = Layout::array::<T>(len) else { handle_alloc_error(Layout::new::<T>()) };
    if layout.size() == 0 {
        return Box::default();
    }
    // SAFETY: the layout has a non-zero size.
    let memory = unsafe { alloc_zeroed(layout) };
    if memory.is_null() {
        handle_alloc_error(layout);
    }
    // SAFETY: the global allocator returned this memory for the layout of a `[T]` of this length, and the caller guarantees that
    // all zeros is a valid value of `T`.
    unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(memory.cast(), len)) }
}

/// Size of the first page in bytes.
pub(super) const FIRST_PAGE: usize = 1 << 10;

/// A page of write-once bytes.
pub(super) struct Page(Box<[UnsafeCell<u8>]>);

/// Immutable bytes of a [`Page`].
pub(super) type Written<'a> = &'a [u8];

// SAFETY: bytes are accessed only through `read` and `write`, whose callers guarantee that no byte is written while another
// thread accesses it.
#[expect(unsafe_code, reason = "reads immutable bytes without a lock")]
unsafe impl Sync for Page {}

impl std::panic::RefUnwindSafe for Page {}

impl Page {
    /// Creates a zeroed page of `len` bytes, paged in on first use.
    #[expect(unsafe_code, reason = "allocates zeroed memory")]
    pub(super) fn new(len: usize) -> Self {
        // SAFETY: `UnsafeCell<u8>` has the bit validity of `u8`, so 0 is a valid value.
        Page(unsafe { zeroed_slice(len) })
    }

    /// Returns the bytes in `range`.
    ///
    /// # Safety
    /// All writes to these bytes must happen before this call; later writes to them are not allowed.
    #[inline]
    #[expect(unsafe_code, reason = "reads immutable bytes without a lock")]
    pub(super) unsafe fn read(&self, range: Range<usize>) -> Written<'_> {
        let bytes: *const [UnsafeCell<u8>] = &self.0[range];
        // SAFETY: `UnsafeCell<u8>` has the memory layout of `u8`, and the caller guarantees that these bytes are never written
        // again.
        unsafe { &*(bytes as *const [u8]) }
    }

    /// Writes `bytes` at the offset `at`.
    ///
    /// # Safety
    /// No reference returned by [`read`](Self::read) may cover these bytes, and no other thread may access them concurrently.
    #[expect(unsafe_code, reason = "writes bytes that are not yet readable")]
    pub(super) unsafe fn write(&self, at: usize, bytes: &[u8]) {
        for (cell, byte) in self.0[at..at + bytes.len()].iter().zip(bytes) {
            // SAFETY: the caller guarantees exclusive access to this byte.
            unsafe { *cell.get() = *byte };
        }
    }
}
