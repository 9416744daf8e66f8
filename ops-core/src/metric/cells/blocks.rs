//! The global registry of the blocks of all threads.

use super::block::{Blocks, Lists, get, set};
use super::sync::SEGMENT;
use std::sync::Mutex;

pub(super) static BLOCKS: Blocks = Blocks::new(Mutex::new(Lists::new()));

/// Resets `slots` free slots, starting at `first`, to 0 in every block.
pub(super) fn clear(first: u32, slots: u32) {
    BLOCKS.for_each(|block| {
        let mut slot = first;
        while slot < first + slots {
            let in_segment = (SEGMENT - slot % SEGMENT).min(first + slots - slot);
            let cells = block.existing(slot).into_iter().flatten().take(in_segment as usize);
            // Writing zeros to zero cells would page in untouched memory.
            cells.filter(|cell| get(cell) != 0).for_each(|cell| set(cell, 0));
            slot += in_segment;
        }
    });
}
