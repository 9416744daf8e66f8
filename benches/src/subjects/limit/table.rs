//! Lookup in a read-only hash table.

use super::cells::add;
use crate::input::Requests;
use crate::subject::{Operation, leak};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::sync::atomic::AtomicU64;

struct Series {
    method: Box<str>,
    status: u16,
    total: AtomicU64,
}

/// Looks up one of `series` counters by its labels without a lock, and increments it.
///
/// The increment is a load and a store, so that concurrent increments can be lost.
pub(super) fn look_up(series: usize) -> Operation {
    let requests = Requests::of(series);
    let hasher = FixedState::with_seed(7);
    let hash = move |method: &str, status: u16| hasher.hash_one((method, status));
    let mut table: HashTable<Series> = HashTable::with_capacity(2 * series);
    for (method, status) in requests.all() {
        let entry = Series { method: method.into(), status, total: AtomicU64::new(0) };
        table.insert_unique(hash(method, status), entry, |series| hash(&series.method, series.status));
    }
    let table: &HashTable<Series> = leak(table);
    Operation::new(move |at| {
        let (method, status) = requests.at(at);
        let found = table.find(hash(method, status), |series| &*series.method == method && series.status == status);
        if let Some(series) = found {
            add(&series.total, 1);
        }
    })
}
