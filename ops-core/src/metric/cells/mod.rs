//! Storage of metric values: lock-free cells, sharded by thread, and the allocator of their slots.

mod block;
mod blocks;
mod bytes;
#[cfg(test)]
mod bytes_tests;
mod extent;
mod layout;
mod reader;
pub(super) mod shared_cells;
pub(super) mod slots;
pub(super) mod space;
mod sync;
pub(super) mod thread_cells;

pub use reader::Reader;

pub(super) use block::Distribution;
pub(super) use bytes::{Bytes, PAGES};
pub(super) use layout::{CellRef, Layout};
