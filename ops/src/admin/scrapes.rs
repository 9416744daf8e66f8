//! The places of scrapes: so many are written at a time, none of which waits long for its client while another scrape waits for
//! a place, and no address has all of them.

use super::limits::Limits;
use super::peer::Peer;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// All places of one server.
#[derive(Debug)]
pub(super) struct Scrapes {
    at_once: usize,
    /// How long one may wait for its client while another one waits for it.
    patience: Duration,
    table: Mutex<Table>,
    /// Changes when somebody has come.
    comers: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Table {
    /// How many places each address has.
    taken: HashMap<Peer, usize>,
    /// Who waits, in the order of coming.
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    network: Peer,
    /// Dropped without a word, it says that there is no place.
    go: oneshot::Sender<Place>,
}

/// The place of one scrape, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    network: Peer,
    scrapes: Arc<Scrapes>,
    was_given: AtomicBool,
}

/// As many as may are waiting, and no address has more of them than this one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Scrapes {
    pub(super) fn new(limits: &Limits) -> Arc<Scrapes> {
        Arc::new(Scrapes {
            at_once: limits.concurrent_scrapes.max(1),
            patience: limits.scrape_progress_timeout,
            table: Mutex::default(),
            comers: watch::Sender::new(()),
        })
    }

    /// A place for a scrape of `peer`, once there is one.
    pub(super) async fn enter(self: &Arc<Self>, peer: Peer) -> Result<Place, Full> {
        self.come(peer).await.map_err(|_dropped| Full)
    }

    /// Where the place of a scrape of `peer` comes; dropped without one if there is none to come.
    fn come(self: &Arc<Self>, peer: Peer) -> oneshot::Receiver<Place> {
        let (go, place) = oneshot::channel();
        let mut table = self.table();
        table.waiting.push_back(Waiting { network: peer.network(), go });
        let gone = table.gone();
        let granted = self.grant(&mut table);
        let refused = (table.running() + table.waiting.len() > self.at_once.saturating_mul(2)).then(|| table.refuse());
        drop(table);
        // What is dropped or told may want the table.
        drop((gone, refused));
        tell(granted);
        self.comers.send_replace(());
        place
    }

    /// Gives what places there are to those who wait: first to those whose address has fewest, and never the last one to an
    /// address that has all the others.
    fn grant(self: &Arc<Self>, table: &mut Table) -> Vec<(oneshot::Sender<Place>, Place)> {
        let share = (self.at_once - 1).max(1);
        let mut granted = Vec::new();
        while table.running() < self.at_once {
            let waiting = table.waiting.iter().enumerate().map(|(at, waiting)| (table.of(waiting.network), at));
            let Some((_, at)) = waiting.filter(|(taken, _)| *taken < share).min() else { break };
            let Some(Waiting { network, go }) = table.waiting.remove(at) else { break };
            *table.taken.entry(network).or_default() += 1;
            granted.push((go, Place { network, scrapes: self.clone(), was_given: AtomicBool::new(false) }));
        }
        granted
    }

    /// No method leaves the table half changed.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without the table in hand: a place that nobody takes any more goes back to it.
fn tell(granted: Vec<(oneshot::Sender<Place>, Place)>) {
    for (go, place) in granted {
        drop(go.send(place));
    }
}

impl Table {
    fn running(&self) -> usize {
        self.taken.values().sum()
    }

    fn of(&self, network: Peer) -> usize {
        self.taken.get(&network).copied().unwrap_or(0)
    }

    /// Takes out those who wait no longer.
    fn gone(&mut self) -> VecDeque<Waiting> {
        let (gone, waiting) = self.waiting.drain(..).partition(|waiting| waiting.go.is_closed());
        self.waiting = waiting;
        gone
    }

    /// Takes out one who waits: of the address that has most of them, the one that came last.
    fn refuse(&mut self) -> Option<Waiting> {
        let of = |network| self.waiting.iter().filter(|waiting| waiting.network == network).count();
        let waiting = self.waiting.iter().enumerate().map(|(at, waiting)| (of(waiting.network), at));
        let (_, at) = waiting.max()?;
        self.waiting.remove(at)
    }

    fn leave(&mut self, network: Peer) {
        if let Some(taken) = self.taken.get_mut(&network) {
            *taken -= 1;
            if *taken == 0 {
                self.taken.remove(&network);
            }
        }
    }
}

impl Place {
    /// Waits as long as a scrape that does not get on may keep its place, and until another one wants it; it is that one's when
    /// this returns.
    pub(super) async fn lost(&self) {
        tokio::time::sleep(self.scrapes.patience).await;
        let mut comers = self.scrapes.comers.subscribe();
        while !self.give_way() {
            // An error cannot be: the sender is there as long as this is.
            let _ = comers.changed().await;
        }
    }

    /// Gives the place to one who waits, if one does who may have it.
    fn give_way(&self) -> bool {
        let mut table = self.scrapes.table();
        let gone = table.gone();
        table.leave(self.network);
        let granted = self.scrapes.grant(&mut table);
        if granted.is_empty() {
            *table.taken.entry(self.network).or_default() += 1;
        } else {
            self.was_given.store(true, Ordering::Relaxed);
        }
        drop(table);
        drop(gone);
        let is_given = !granted.is_empty();
        tell(granted);
        is_given
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if *self.was_given.get_mut() {
            return;
        }
        let mut table = self.scrapes.table();
        table.leave(self.network);
        let granted = self.scrapes.grant(&mut table);
        drop(table);
        tell(granted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    fn scrapes(at_once: usize) -> Arc<Scrapes> {
        let patience = Duration::from_secs(1);
        Scrapes::new(&Limits { concurrent_scrapes: at_once, scrape_progress_timeout: patience, ..Limits::default() })
    }

    fn peer(last: u8) -> Peer {
        Peer::at([192, 0, 2, last].into())
    }

    type Entering = Pin<Box<dyn Future<Output = Result<Place, Full>>>>;

    /// One who comes: with a place, without one, or waiting.
    fn come(scrapes: &Arc<Scrapes>, last: u8) -> (Entering, Poll<Result<Place, Full>>) {
        let scrapes = scrapes.clone();
        let mut entering: Entering = Box::pin(async move { scrapes.enter(peer(last)).await });
        let now = poll(&mut entering);
        (entering, now)
    }

    fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    fn placed(scrapes: &Arc<Scrapes>, last: u8) -> Place {
        match come(scrapes, last).1 {
            Poll::Ready(Ok(place)) => place,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_address_has_all_places_but_one() {
        let scrapes = scrapes(4);
        let _many: Vec<_> = (0..3).map(|_| placed(&scrapes, 1)).collect();
        assert!(come(&scrapes, 1).1.is_pending());
        let _other = placed(&scrapes, 2);
        let alone = self::scrapes(1);
        drop(placed(&alone, 1));
        let _only = placed(&alone, 1);
        assert!(come(&alone, 2).1.is_pending(), "the only one is for whoever comes first");
    }

    #[test]
    fn a_place_goes_to_the_address_that_has_fewest_and_then_to_who_came_first() {
        let scrapes = scrapes(2);
        let (first, _other) = (placed(&scrapes, 1), placed(&scrapes, 2));
        let (mut second, _) = come(&scrapes, 2);
        let (mut third, _) = come(&scrapes, 3);
        let (fourth, _) = come(&scrapes, 4);
        drop(first);
        assert!(poll(&mut second).is_pending());
        let Poll::Ready(Ok(place)) = poll(&mut third) else { panic!("no place") };
        drop(fourth);
        drop(place);
        assert!(poll(&mut second).is_pending(), "it has the one place that it may have, and who came last has gone");
    }

    #[test]
    fn where_too_many_wait_the_last_one_of_the_address_that_has_most_of_them_is_told() {
        let scrapes = scrapes(2);
        let _running = [placed(&scrapes, 1), placed(&scrapes, 2)];
        let (mut first, mut last) = (come(&scrapes, 1).0, come(&scrapes, 1).0);
        assert!(matches!(come(&scrapes, 1).1, Poll::Ready(Err(Full))), "one more of the same");
        let (mut other, now) = come(&scrapes, 3);
        assert!(now.is_pending());
        assert!(matches!(poll(&mut last), Poll::Ready(Err(Full))), "one from elsewhere");
        assert!(matches!(come(&scrapes, 4).1, Poll::Ready(Err(Full))), "no address has more than this one");
        assert!(poll(&mut first).is_pending() && poll(&mut other).is_pending());
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_get_on_gives_way_to_who_waits_and_to_nobody_else() {
        let scrapes = scrapes(1);
        let stalled = placed(&scrapes, 1);
        let mut lost: Pin<Box<dyn Future<Output = ()>>> = Box::pin(stalled.lost());
        let (mut waiting, _) = come(&scrapes, 2);
        tokio::select! {
            biased;
            () = &mut lost => panic!("too early"),
            () = tokio::time::sleep(Duration::from_millis(900)) => {}
        }
        drop(waiting);
        tokio::select! {
            biased;
            () = &mut lost => panic!("to one who has gone"),
            () = tokio::time::sleep(Duration::from_secs(60)) => {}
        }
        waiting = come(&scrapes, 1).0;
        lost.await;
        let next = waiting.await.unwrap();
        drop(stalled);
        assert!(come(&scrapes, 3).1.is_pending(), "a place that was given is not free");
        drop(next);
        placed(&scrapes, 3);
    }

    #[test]
    fn whoever_leaves_before_the_place_comes_leaves_it_to_the_next() {
        let scrapes = scrapes(2);
        let (running, _other) = (placed(&scrapes, 1), placed(&scrapes, 2));
        let (gone, _) = come(&scrapes, 3);
        let (mut next, _) = come(&scrapes, 4);
        drop(running);
        // It was given the place, and goes without having looked.
        drop(gone);
        assert!(matches!(poll(&mut next), Poll::Ready(Ok(_))));
    }
}
