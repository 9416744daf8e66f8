//! The blocks of all threads of the process.

use super::block::{Blocks, Lists, get, set};
use super::sync::SEGMENT;
use std::sync::Mutex;

pub(super) static BLOCKS: Blocks = Blocks::new(Mutex::new(Lists::new()));

/// Resets this number of slots, which have no owner, to 0 in every block.
pub(super) fn clear(first: u32, slots: u32) {
    BLOCKS.for_each(|block| {
        let mut slot = first;
        while slot < first + slots {
            let in_segment = (SEGMENT - slot % SEGMENT).min(first + slots - slot);
            let cells = block.existing(slot).into_iter().flatten().take(in_segment as usize);
            // Those that are 0 are not written, and so not paged in.
            cells.filter(|cell| get(cell) != 0).for_each(|cell| set(cell, 0));
            slot += in_segment;
        }
    });
}
