//! The connection limiter, which bounds connections in total and per network.
//!
//! When a limit is reached, a new connection evicts the longest-idle connection of the network that has the most.

use crate::admin::{ClientAddr, Limits};
use ops_core::unwind::IgnorePoison;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::Notify;

/// Value of `idle_since` while a request is in flight.
const BUSY: u64 = u64::MAX;

/// Limits the connections of one server.
#[derive(Debug)]
pub(crate) struct ConnectionLimiter {
    max_total: usize,
    max_per_address: usize,
    /// Added to both limits for clients on this machine.
    extra_for_loopback: usize,
    /// Logical clock.
    now: AtomicU64,
    table: Mutex<ConnectionTable>,
}

/// The table of open connections that have not been evicted.
#[derive(Debug, Default)]
struct ConnectionTable {
    entries: HashMap<u64, ConnectionEntry>,
    /// The number of connections of each network, shared with the entries of that network.
    counts: HashMap<ClientAddr, Arc<AtomicUsize>>,
}

#[derive(Debug)]
struct ConnectionEntry {
    network: ClientAddr,
    /// Number of connections of the network.
    count: Arc<AtomicUsize>,
    state: Arc<ConnectionState>,
}

/// The state of a connection, shared between its permit and the table.
#[derive(Debug)]
struct ConnectionState {
    /// Logical time at which the connection became idle, or [`BUSY`].
    ///
    /// Updated by each request, without locking the table.
    idle_since: AtomicU64,
    evicted: Notify,
}

/// A permit for one connection. Dropping it returns it to the limiter.
#[derive(Debug)]
pub(crate) struct ConnectionPermit {
    number: u64,
    state: Arc<ConnectionState>,
    limiter: Arc<ConnectionLimiter>,
}

/// A guard for a request in flight, during which its connection is not evicted.
#[derive(Debug)]
pub(super) struct InFlightRequest(Arc<ConnectionPermit>);

impl ConnectionLimiter {
    /// Creates the limiter of one server.
    pub(crate) fn new(limits: &Limits) -> ConnectionLimiter {
        ConnectionLimiter {
            max_total: limits.max_connections,
            max_per_address: limits.max_connections_per_address,
            extra_for_loopback: limits.loopback_reserved_connections,
            now: AtomicU64::new(0),
            table: Mutex::default(),
        }
    }

    /// Acquires a permit for a connection of `peer`, or returns `None` if the limit is reached.
    ///
    /// An idle connection is evicted if necessary.
    pub(crate) fn acquire(self: &Arc<Self>, peer: ClientAddr) -> Option<ConnectionPermit> {
        let extra = if peer.is_local() { self.extra_for_loopback } else { 0 };
        let network = peer.network();
        let mut table = self.table();
        if table.count(network) >= self.max_per_address.saturating_add(extra) {
            table.evict(|entry| entry.network == network)?;
        } else if table.entries.len() >= self.max_total.saturating_add(extra) {
            table.evict(|_| true)?;
        }
        let number = self.tick();
        let state = Arc::new(ConnectionState { idle_since: AtomicU64::new(number), evicted: Notify::new() });
        let count = table.counts.entry(network).or_default().clone();
        count.fetch_add(1, Relaxed);
        table.entries.insert(number, ConnectionEntry { network, count, state: state.clone() });
        Some(ConnectionPermit { number, state, limiter: self.clone() })
    }

    /// Returns the maximum number of concurrent permits.
    pub(super) fn max_connections(&self) -> usize {
        self.max_total.saturating_add(self.extra_for_loopback)
    }

    /// Evicts an idle connection. Returns `true` if there was one.
    pub(super) fn evict_idle(&self) -> bool {
        self.table().evict(|_| true).is_some()
    }

    /// Advances the logical clock. Returns a time later than all previous ones.
    fn tick(&self) -> u64 {
        self.now.fetch_add(1, Relaxed)
    }

    /// Locks the table. Poisoning is ignored: no method leaves the table inconsistent.
    fn table(&self) -> MutexGuard<'_, ConnectionTable> {
        self.table.lock().ignore_poison()
    }
}

impl ConnectionTable {
    fn count(&self, network: ClientAddr) -> usize {
        self.counts.get(&network).map_or(0, |count| count.load(Relaxed))
    }

    /// Evicts the longest-idle `eligible` connection of the network that has the most connections.
    ///
    /// A flood from a few networks thus does not evict connections of other networks before their requests have arrived.
    fn evict(&mut self, eligible: impl Fn(&ConnectionEntry) -> bool) -> Option<()> {
        let entries = self.entries.iter().filter(|(_, entry)| eligible(entry));
        let candidates =
            entries.map(|(number, entry)| (*number, entry.count.load(Relaxed), entry.state.idle_since.load(Relaxed)));
        let idle = candidates.filter(|(.., since)| *since != BUSY);
        let (number, ..) = idle.max_by_key(|(_, count, since)| (*count, Reverse(*since)))?;
        self.remove(number)?.state.evicted.notify_one();
        Some(())
    }

    fn remove(&mut self, number: u64) -> Option<ConnectionEntry> {
        let entry = self.entries.remove(&number)?;
        if entry.count.fetch_sub(1, Relaxed) == 1 {
            self.counts.remove(&entry.network);
        }
        Some(entry)
    }
}

impl ConnectionPermit {
    /// Waits until the connection is evicted.
    pub(super) async fn evicted(&self) {
        self.state.evicted.notified().await;
    }

    /// Marks the connection as busy until the returned guard is dropped.
    pub(super) fn begin_request(self: &Arc<Self>) -> InFlightRequest {
        self.state.idle_since.store(BUSY, Relaxed);
        InFlightRequest(self.clone())
    }
}

impl Drop for InFlightRequest {
    fn drop(&mut self) {
        self.0.state.idle_since.store(self.0.limiter.tick(), Relaxed);
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.limiter.table().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(max_total: usize, per_address: usize, for_loopback: usize) -> Arc<ConnectionLimiter> {
        let limits = Limits::default()
            .max_connections(max_total)
            .max_connections_per_address(per_address)
            .loopback_reserved_connections(for_loopback);
        Arc::new(ConnectionLimiter::new(&limits))
    }

    fn peer(last: u8) -> ClientAddr {
        ClientAddr::new([192, 0, 2, last].into())
    }

    fn is_evicted(permit: &ConnectionPermit) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::pin!(permit.evicted()).poll(&mut context).is_ready()
    }

    #[test]
    fn evicts_the_longest_idle_connection() {
        let limiter = limiter(2, 2, 0);
        let first = Arc::new(limiter.acquire(peer(1)).unwrap());
        let second = limiter.acquire(peer(2)).unwrap();
        drop(first.begin_request());
        let _third = limiter.acquire(peer(3)).unwrap();
        assert_eq!((is_evicted(&first), is_evicted(&second)), (false, true), "the first has served a request since");
    }

    #[test]
    fn evicts_from_the_address_with_the_most_connections() {
        let limiter = limiter(4, 4, 0);
        let alone = limiter.acquire(peer(1)).unwrap();
        let many: Vec<_> = (0..3).map(|_| limiter.acquire(peer(2)).unwrap()).collect();
        let second = limiter.acquire(peer(3)).unwrap();
        assert_eq!(many.iter().map(is_evicted).collect::<Vec<_>>(), [true, false, false]);
        assert!(
            !is_evicted(&alone) && !is_evicted(&second),
            "an address with a single connection keeps it, even if it is idle longest"
        );
        drop(many);
        assert_eq!([1, 2, 3].map(|last| limiter.table().count(peer(last))), [1, 0, 1]);
    }

    #[test]
    fn rejects_new_connections_while_all_are_busy() {
        let limiter = limiter(1, 1, 0);
        let first = Arc::new(limiter.acquire(peer(1)).unwrap());
        let in_flight = first.begin_request();
        assert!(limiter.acquire(peer(2)).is_none());
        drop(in_flight);
        assert!(limiter.acquire(peer(2)).is_some() && is_evicted(&first));
    }

    #[test]
    fn address_over_its_limit_evicts_only_its_own_connections() {
        let limiter = limiter(10, 2, 0);
        let other = limiter.acquire(peer(1)).unwrap();
        let greedy: Vec<_> = (0..3).map(|_| limiter.acquire(peer(2)).unwrap()).collect();
        assert_eq!(greedy.iter().map(is_evicted).collect::<Vec<_>>(), [true, false, false]);
        assert!(!is_evicted(&other));
    }

    #[test]
    fn loopback_has_reserved_connections() {
        let limiter = limiter(1, 1, 1);
        let elsewhere = Arc::new(limiter.acquire(peer(1)).unwrap());
        let _in_flight = elsewhere.begin_request();
        assert!(limiter.acquire(peer(2)).is_none());
        let here = Arc::new(limiter.acquire(ClientAddr::new([127, 0, 0, 1].into())).unwrap());
        let _in_flight = here.begin_request();
        assert!(limiter.acquire(ClientAddr::Local).is_none(), "the reserve is bounded");
    }

    #[test]
    fn dropped_permit_can_be_acquired_again() {
        let limiter = limiter(1, 1, 0);
        let first = Arc::new(limiter.acquire(peer(1)).unwrap());
        let in_flight = first.begin_request();
        drop(first);
        drop(in_flight);
        let _second = limiter.acquire(peer(2)).unwrap();
        assert!(limiter.evict_idle() && !limiter.evict_idle());
    }
}
