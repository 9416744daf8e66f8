//! The scrape concurrency limiter.
//!
//! A stalled scrape loses its permit to a waiting one. No network can hold all permits, unless there is only one.

use super::ClientAddr;
use crate::admin::Limits;
use ops_core::unwind::IgnorePoison;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// The limiter of the concurrent scrapes of one server.
#[derive(Debug)]
pub(crate) struct ScrapeLimiter {
    concurrency: usize,
    /// Time that a scrape may stall while another one waits for a permit.
    stall_timeout: Duration,
    table: Mutex<ScrapeTable>,
    /// Notified when a scrape arrives.
    arrivals: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct ScrapeTable {
    /// Number of permits held by each network.
    held: HashMap<ClientAddr, usize>,
    /// Waiting scrapes, in order of arrival.
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    network: ClientAddr,
    /// Dropped to refuse the scrape.
    grant: oneshot::Sender<ScrapePermit>,
}

/// The permit of one scrape, which returns to the limiter on drop.
#[derive(Debug)]
pub(crate) struct ScrapePermit {
    network: ClientAddr,
    limiter: Arc<ScrapeLimiter>,
    /// Set once the permit was transferred to another scrape, so that drop does not return it.
    is_transferred: AtomicBool,
}

/// The scrape was rejected, because the queue is full and no other network has more waiting scrapes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ScrapeRefused;

impl ScrapeLimiter {
    /// Creates the limiter of one server.
    pub(crate) fn new(limits: &Limits) -> Arc<ScrapeLimiter> {
        Arc::new(ScrapeLimiter {
            concurrency: limits.max_concurrent_scrapes,
            stall_timeout: limits.scrape_write_timeout,
            table: Mutex::default(),
            arrivals: watch::Sender::new(()),
        })
    }

    /// Waits for a permit for a scrape by `peer`.
    ///
    /// # Errors
    /// [`ScrapeRefused`] if the queue is full.
    pub(crate) async fn acquire(self: &Arc<Self>, peer: ClientAddr) -> Result<ScrapePermit, ScrapeRefused> {
        self.enqueue(peer).await.map_err(|_dropped| ScrapeRefused)
    }

    /// Queues a scrape by `peer`. The sender of the returned channel is dropped if the scrape is rejected.
    fn enqueue(self: &Arc<Self>, peer: ClientAddr) -> oneshot::Receiver<ScrapePermit> {
        let (grant, permit) = oneshot::channel();
        let mut table = self.table();
        table.waiting.push_back(Waiting { network: peer.network(), grant });
        let abandoned = table.remove_abandoned();
        let granted = self.grant_permits(&mut table);
        let refused =
            (table.running() + table.waiting.len() > self.concurrency.saturating_mul(2)).then(|| table.refuse());
        drop(table);
        // Dropped after the lock is released: dropping a granted permit takes the lock.
        drop((abandoned, refused));
        send(granted);
        self.arrivals.send_replace(());
        permit
    }

    /// Grants free permits to waiting scrapes, those of the networks with the fewest permits first.
    ///
    /// The last permit is not granted to a network that holds all the others.
    fn grant_permits(self: &Arc<Self>, table: &mut ScrapeTable) -> Vec<(oneshot::Sender<ScrapePermit>, ScrapePermit)> {
        let share = (self.concurrency - 1).max(1);
        let mut granted = Vec::new();
        while table.running() < self.concurrency {
            let waiting =
                table.waiting.iter().enumerate().map(|(index, waiting)| (table.held_by(waiting.network), index));
            let Some((_, index)) = waiting.filter(|(held, _)| *held < share).min() else { break };
            let Some(Waiting { network, grant }) = table.waiting.remove(index) else { break };
            *table.held.entry(network).or_default() += 1;
            granted
                .push((grant, ScrapePermit { network, limiter: self.clone(), is_transferred: AtomicBool::new(false) }));
        }
        granted
    }

    /// Locks the table. Poisoning is ignored, as no method leaves it in an inconsistent state.
    fn table(&self) -> MutexGuard<'_, ScrapeTable> {
        self.table.lock().ignore_poison()
    }
}

/// Sends the permits.
///
/// Must be called without the lock of the table: a permit whose receiver was dropped is returned immediately.
fn send(granted: Vec<(oneshot::Sender<ScrapePermit>, ScrapePermit)>) {
    for (grant, permit) in granted {
        drop(grant.send(permit));
    }
}

impl ScrapeTable {
    fn running(&self) -> usize {
        self.held.values().sum()
    }

    fn held_by(&self, network: ClientAddr) -> usize {
        self.held.get(&network).copied().unwrap_or(0)
    }

    /// Removes the waiting scrapes whose client has disconnected.
    fn remove_abandoned(&mut self) -> VecDeque<Waiting> {
        let (abandoned, waiting) = self.waiting.drain(..).partition(|waiting| waiting.grant.is_closed());
        self.waiting = waiting;
        abandoned
    }

    /// Removes the latest waiting scrape of the network with the most waiting scrapes.
    fn refuse(&mut self) -> Option<Waiting> {
        let of = |network| self.waiting.iter().filter(|waiting| waiting.network == network).count();
        let waiting = self.waiting.iter().enumerate().map(|(index, waiting)| (of(waiting.network), index));
        let (_, index) = waiting.max()?;
        self.waiting.remove(index)
    }

    fn release(&mut self, network: ClientAddr) {
        if let Some(held) = self.held.get_mut(&network) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&network);
            }
        }
    }
}

impl ScrapePermit {
    /// Waits for the stall timeout, and then until the permit is transferred to a waiting scrape.
    pub(crate) async fn revoked(&self) {
        tokio::time::sleep(self.limiter.stall_timeout).await;
        let mut arrivals = self.limiter.arrivals.subscribe();
        while !self.transfer() {
            // Never fails: the limiter, which `self` references, owns the sender.
            let _ = arrivals.changed().await;
        }
    }

    /// Transfers the permit to a waiting scrape. Returns `false` if none is eligible.
    fn transfer(&self) -> bool {
        let mut table = self.limiter.table();
        let abandoned = table.remove_abandoned();
        table.release(self.network);
        let granted = self.limiter.grant_permits(&mut table);
        if granted.is_empty() {
            *table.held.entry(self.network).or_default() += 1;
        } else {
            self.is_transferred.store(true, Ordering::Relaxed);
        }
        drop(table);
        drop(abandoned);
        let is_transferred = !granted.is_empty();
        send(granted);
        is_transferred
    }
}

impl Drop for ScrapePermit {
    fn drop(&mut self) {
        if *self.is_transferred.get_mut() {
            return;
        }
        let mut table = self.limiter.table();
        table.release(self.network);
        let granted = self.limiter.grant_permits(&mut table);
        drop(table);
        send(granted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    fn limiter(concurrency: usize) -> Arc<ScrapeLimiter> {
        let stall_timeout = Duration::from_secs(1);
        ScrapeLimiter::new(&Limits::default().max_concurrent_scrapes(concurrency).scrape_write_timeout(stall_timeout))
    }

    fn peer(last: u8) -> ClientAddr {
        ClientAddr::new([192, 0, 2, last].into())
    }

    type Acquiring = Pin<Box<dyn Future<Output = Result<ScrapePermit, ScrapeRefused>>>>;

    /// Starts a scrape and polls it once. It then has a permit, is rejected, or waits.
    fn arrive(limiter: &Arc<ScrapeLimiter>, last: u8) -> (Acquiring, Poll<Result<ScrapePermit, ScrapeRefused>>) {
        let limiter = limiter.clone();
        let mut acquiring: Acquiring = Box::pin(async move { limiter.acquire(peer(last)).await });
        let now = poll(&mut acquiring);
        (acquiring, now)
    }

    fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    fn acquired(limiter: &Arc<ScrapeLimiter>, last: u8) -> ScrapePermit {
        match arrive(limiter, last).1 {
            Poll::Ready(Ok(permit)) => permit,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_address_gets_all_permits_but_one() {
        let limiter = limiter(4);
        let _many: Vec<_> = (0..3).map(|_| acquired(&limiter, 1)).collect();
        assert!(arrive(&limiter, 1).1.is_pending());
        let _other = acquired(&limiter, 2);
        let alone = self::limiter(1);
        drop(acquired(&alone, 1));
        let _only = acquired(&alone, 1);
        assert!(arrive(&alone, 2).1.is_pending(), "a single permit is granted to any address");
    }

    #[test]
    fn permits_are_granted_to_the_address_with_the_fewest_then_in_order_of_arrival() {
        let limiter = limiter(2);
        let (first, _other) = (acquired(&limiter, 1), acquired(&limiter, 2));
        let (mut second, _) = arrive(&limiter, 2);
        let (mut third, _) = arrive(&limiter, 3);
        let (fourth, _) = arrive(&limiter, 4);
        drop(first);
        assert!(poll(&mut second).is_pending());
        let Poll::Ready(Ok(permit)) = poll(&mut third) else { panic!("no permit") };
        drop(fourth);
        drop(permit);
        assert!(poll(&mut second).is_pending(), "its address already holds its share");
    }

    #[test]
    fn full_queue_rejects_the_latest_scrape_of_the_address_with_the_most_waiting() {
        let limiter = limiter(2);
        let _running = [acquired(&limiter, 1), acquired(&limiter, 2)];
        let (mut first, mut last) = (arrive(&limiter, 1).0, arrive(&limiter, 1).0);
        assert!(matches!(arrive(&limiter, 1).1, Poll::Ready(Err(ScrapeRefused))), "same address");
        let (mut other, now) = arrive(&limiter, 3);
        assert!(now.is_pending());
        assert!(matches!(poll(&mut last), Poll::Ready(Err(ScrapeRefused))), "evicted by another address");
        assert!(
            matches!(arrive(&limiter, 4).1, Poll::Ready(Err(ScrapeRefused))),
            "all addresses have the same number waiting"
        );
        assert!(poll(&mut first).is_pending() && poll(&mut other).is_pending());
    }

    #[tokio::test(start_paused = true)]
    async fn stalled_scrape_loses_its_permit_only_to_a_waiting_scrape() {
        let limiter = limiter(1);
        let stalled = acquired(&limiter, 1);
        let mut lost: Pin<Box<dyn Future<Output = ()>>> = Box::pin(stalled.revoked());
        let (mut waiting, _) = arrive(&limiter, 2);
        tokio::select! {
            biased;
            () = &mut lost => panic!("too early"),
            () = tokio::time::sleep(Duration::from_millis(900)) => {}
        }
        drop(waiting);
        tokio::select! {
            biased;
            () = &mut lost => panic!("transferred to an abandoned scrape"),
            () = tokio::time::sleep(Duration::from_secs(60)) => {}
        }
        waiting = arrive(&limiter, 1).0;
        lost.await;
        let next = waiting.await.unwrap();
        drop(stalled);
        assert!(arrive(&limiter, 3).1.is_pending(), "a transferred permit is not returned");
        drop(next);
        acquired(&limiter, 3);
    }

    #[test]
    fn permit_of_an_abandoned_scrape_goes_to_the_next() {
        let limiter = limiter(2);
        let (running, _other) = (acquired(&limiter, 1), acquired(&limiter, 2));
        let (gone, _) = arrive(&limiter, 3);
        let (mut next, _) = arrive(&limiter, 4);
        drop(running);
        // The permit was sent but not received.
        drop(gone);
        assert!(matches!(poll(&mut next), Poll::Ready(Ok(_))));
    }
}
