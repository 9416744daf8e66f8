//! Memory of the instruments: cells that threads update and read without locks, and the space that they have.

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
