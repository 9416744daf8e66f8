//! The places of connections: so many in all and so many an address; who is idle makes way for who is new.

use crate::admin::{Limits, Peer};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Idle since never: a request is in flight.
const BUSY: u64 = u64::MAX;

/// All places of one server.
#[derive(Debug)]
pub(super) struct Places {
    in_all: usize,
    per_address: usize,
    for_this_machine: usize,
    /// Counts what happens, in place of a clock.
    now: AtomicU64,
    table: Mutex<Table>,
}

/// Who has which place.
#[derive(Debug, Default)]
struct Table(HashMap<u64, Taken>);

#[derive(Debug)]
struct Taken {
    network: Peer,
    holder: Arc<Holder>,
}

/// What a connection and the table know of each other.
#[derive(Debug)]
struct Holder {
    /// Since when no request is in flight, or [`BUSY`]. Apart from the table, as each request changes it.
    idle_since: AtomicU64,
    leave: Notify,
}

/// The place of one connection, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    number: u64,
    holder: Arc<Holder>,
    places: Arc<Places>,
}

/// A request in flight: while it is there, the connection does not make way.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Place>);

impl Places {
    pub(super) fn new(limits: &Limits) -> Places {
        Places {
            in_all: limits.connections.max(1),
            per_address: limits.connections_per_address.max(1),
            for_this_machine: limits.connections_for_loopback,
            now: AtomicU64::new(0),
            table: Mutex::default(),
        }
    }

    /// A place for a connection of `peer`, whose holder may have had to leave; `None` if all are busy.
    pub(super) fn take(self: &Arc<Self>, peer: Peer) -> Option<Place> {
        let more = if peer.is_local() { self.for_this_machine } else { 0 };
        let network = peer.network();
        let mut table = self.table();
        let of_network = table.0.values().filter(|taken| taken.network == network).count();
        if of_network >= self.per_address.saturating_add(more) {
            table.evict(|taken| taken.network == network)?;
        } else if table.0.len() >= self.in_all.saturating_add(more) {
            table.evict(|_| true)?;
        }
        let number = self.tick();
        let holder = Arc::new(Holder { idle_since: AtomicU64::new(number), leave: Notify::new() });
        table.0.insert(number, Taken { network, holder: holder.clone() });
        Some(Place { number, holder, places: self.clone() })
    }

    /// Makes the connection that has been idle longest leave; whether there was one.
    pub(super) fn make_room(&self) -> bool {
        self.table().evict(|_| true).is_some()
    }

    /// A number that is greater than all before it.
    fn tick(&self) -> u64 {
        self.now.fetch_add(1, Ordering::Relaxed)
    }

    /// No method leaves the table half changed.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Frees the place of the connection that has been idle longest of those that are `asked`.
    fn evict(&mut self, asked: impl Fn(&Taken) -> bool) -> Option<()> {
        let taken = self.0.iter().filter(|(_, taken)| asked(taken));
        let since = taken.map(|(number, taken)| (taken.holder.idle_since.load(Ordering::Relaxed), *number));
        let (_, number) = since.filter(|(since, _)| *since != BUSY).min()?;
        self.0.remove(&number)?.holder.leave.notify_one();
        Some(())
    }
}

impl Place {
    /// Returns once the place is somebody else's.
    pub(super) async fn lost(&self) {
        self.holder.leave.notified().await;
    }

    /// Says that a request is in flight.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.holder.idle_since.store(BUSY, Ordering::Relaxed);
        InFlight(self.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.holder.idle_since.store(self.0.places.tick(), Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.table().0.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(in_all: usize, per_address: usize, for_loopback: usize) -> Arc<Places> {
        let limits = Limits {
            connections: in_all,
            connections_per_address: per_address,
            connections_for_loopback: for_loopback,
            ..Limits::default()
        };
        Arc::new(Places::new(&limits))
    }

    fn peer(last: u8) -> Peer {
        Peer::at([192, 0, 2, last].into())
    }

    fn is_lost(place: &Place) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::pin!(place.lost()).poll(&mut context).is_ready()
    }

    #[test]
    fn a_newcomer_takes_the_place_of_the_one_that_has_been_idle_longest() {
        let places = places(2, 2, 0);
        let first = Arc::new(places.take(peer(1)).unwrap());
        let second = places.take(peer(2)).unwrap();
        drop(first.begin());
        let _third = places.take(peer(3)).unwrap();
        assert_eq!((is_lost(&first), is_lost(&second)), (false, true), "the first has been asked since");
    }

    #[test]
    fn who_is_busy_keeps_the_place_and_the_newcomer_has_none() {
        let places = places(1, 1, 0);
        let first = Arc::new(places.take(peer(1)).unwrap());
        let in_flight = first.begin();
        assert!(places.take(peer(2)).is_none());
        drop(in_flight);
        assert!(places.take(peer(2)).is_some() && is_lost(&first));
    }

    #[test]
    fn an_address_over_its_share_loses_its_own_places_only() {
        let places = places(10, 2, 0);
        let other = places.take(peer(1)).unwrap();
        let greedy: Vec<_> = (0..3).map(|_| places.take(peer(2)).unwrap()).collect();
        assert_eq!(greedy.iter().map(is_lost).collect::<Vec<_>>(), [true, false, false]);
        assert!(!is_lost(&other));
    }

    #[test]
    fn this_machine_has_places_of_its_own() {
        let places = places(1, 1, 1);
        let elsewhere = Arc::new(places.take(peer(1)).unwrap());
        let _in_flight = elsewhere.begin();
        assert!(places.take(peer(2)).is_none());
        let here = Arc::new(places.take(Peer::at([127, 0, 0, 1].into())).unwrap());
        let _in_flight = here.begin();
        assert!(places.take(Peer::Local).is_none(), "so many and no more");
    }

    #[test]
    fn a_place_that_was_left_is_free() {
        let places = places(1, 1, 0);
        let first = Arc::new(places.take(peer(1)).unwrap());
        let in_flight = first.begin();
        drop(first);
        drop(in_flight);
        let _second = places.take(peer(2)).unwrap();
        assert!(places.make_room() && !places.make_room());
    }
}
