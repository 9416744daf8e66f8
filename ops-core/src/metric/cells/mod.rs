//! Memory of the instruments: cells that threads update and read without locks, and the slots that number them.

mod block;
mod bytes;
#[cfg(test)]
mod bytes_tests;
mod reader;
pub(super) mod shared_cells;
pub(super) mod slots;
mod sync;
pub(super) mod thread_cells;

pub use reader::Reader;

pub(super) use block::DISTRIBUTION_HEAD;
pub(super) use bytes::{Bytes, PAGES};
