//! The threads that verify passwords, with a bounded queue before them that no network can fill alone.

use super::LoginError;
use super::login_key::LoginKey;
use crate::admin::ClientAddr;
use ops_core::unwind::{IgnorePoison, catch_panic};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a thread waits for work before it ends.
const IDLE: Duration = Duration::from_secs(10);

/// The check of one password. Equal checks are coalesced while one of them waits or runs.
pub(super) struct PasswordCheck {
    pub(super) key: LoginKey,
    pub(super) peer: ClientAddr,
    /// How often the address has failed of late: who has not comes first.
    pub(super) failures: u32,
    pub(super) work: Box<dyn FnOnce() -> Checked + Send>,
}

/// The result of a check.
type Checked = Result<(), LoginError>;

/// The queue and its threads, which end when this is dropped.
pub(super) struct PasswordQueue(Arc<QueueState>);

struct QueueState {
    threads: usize,
    capacity: usize,
    capacity_per_network: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// In the order in which they came.
    waiting: Vec<(PasswordCheck, Askers)>,
    running: HashMap<LoginKey, Askers>,
    threads: usize,
    idle: usize,
    is_closed: bool,
}

type Askers = Vec<oneshot::Sender<Checked>>;

impl PasswordQueue {
    /// Creates a queue for `threads` checks at a time and `capacity` waiting ones, `capacity_per_network` of them of one network.
    pub(super) fn new(threads: usize, capacity: usize, capacity_per_network: usize) -> PasswordQueue {
        PasswordQueue(Arc::new(QueueState {
            threads: threads.max(1),
            capacity: capacity.max(1),
            capacity_per_network: capacity_per_network.max(1),
            state: Mutex::default(),
            changed: Condvar::new(),
        }))
    }

    /// Enqueues a check, or joins the equal one; `None` if the queue is full.
    pub(super) fn ask(&self, check: PasswordCheck) -> Option<oneshot::Receiver<Checked>> {
        let (asker, answer) = oneshot::channel();
        let mut state = self.0.state();
        if let Some(askers) = state.askers_of(&check.key) {
            askers.push(asker);
            return Some(answer);
        }
        let own = state.waiting_of(check.peer);
        if own >= self.0.capacity_per_network {
            return None;
        }
        if state.waiting.len() >= self.0.capacity {
            state.make_room(check.failures, own)?;
        }
        state.waiting.push((check, vec![asker]));
        if state.idle == 0 && state.threads < self.0.threads && self.0.start_thread() {
            state.threads += 1;
        }
        if state.threads == 0 {
            // The system has no thread for us: nobody waits for nothing.
            state.waiting.clear();
            return None;
        }
        self.0.changed.notify_one();
        Some(answer)
    }
}

impl QueueState {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().ignore_poison()
    }

    fn start_thread(self: &Arc<Self>) -> bool {
        let shared = self.clone();
        thread::Builder::new().name("ops-login".to_owned()).spawn(move || shared.work()).is_ok()
    }

    fn work(&self) {
        while let Some(check) = self.next() {
            let checked = catch_panic(check.work).unwrap_or(Err(LoginError::Panicked));
            let mut state = self.state();
            if checked == Err(LoginError::InvalidCredentials) {
                // What the same address has waiting was asked by one who has failed now.
                let same = state.waiting.iter_mut().filter(|(other, _)| other.peer.network() == check.peer.network());
                same.for_each(|(other, _)| other.failures = other.failures.saturating_add(1));
            }
            let askers = state.running.remove(&check.key).unwrap_or_default();
            drop(state);
            for asker in askers {
                let _ = asker.send(checked);
            }
        }
    }

    /// The next check, or nothing when it is time to end.
    fn next(&self) -> Option<PasswordCheck> {
        let mut state = self.state();
        loop {
            if state.is_closed {
                state.threads -= 1;
                return None;
            }
            if let Some(check) = state.take() {
                return Some(check);
            }
            state.idle += 1;
            let (woken, waited) = self.changed.wait_timeout(state, IDLE).ignore_poison();
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.waiting.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }
}

impl State {
    fn askers_of(&mut self, key: &LoginKey) -> Option<&mut Askers> {
        let waiting = self.waiting.iter_mut().find(|(check, _)| check.key == *key).map(|(_, askers)| askers);
        waiting.or_else(|| self.running.get_mut(key))
    }

    fn waiting_of(&self, peer: ClientAddr) -> usize {
        self.waiting.iter().filter(|(check, _)| check.peer.network() == peer.network()).count()
    }

    /// Refuses the latest check of the address that has failed most or, where that is equal, has most waiting: if that is
    /// worse than one that has failed so often, has so many waiting, and asks for one more.
    fn make_room(&mut self, failures: u32, waiting: usize) -> Option<()> {
        let rank = |check: &PasswordCheck| (check.failures, self.waiting_of(check.peer));
        let (at, worst) = self
            .waiting
            .iter()
            .enumerate()
            .map(|(at, (check, _))| (at, rank(check)))
            .max_by_key(|(at, rank)| (*rank, *at))?;
        if worst <= (failures, waiting + 1) {
            return None;
        }
        let (_, askers) = self.waiting.remove(at);
        for asker in askers {
            let _ = asker.send(Err(LoginError::QueueFull));
        }
        Some(())
    }

    /// Takes the first of those that have failed least. What nobody waits for any more is left out.
    fn take(&mut self) -> Option<PasswordCheck> {
        self.waiting.retain(|(_, askers)| !askers.iter().all(oneshot::Sender::is_closed));
        let (at, _) = self.waiting.iter().enumerate().min_by_key(|(at, (check, _))| (check.failures, *at))?;
        let (check, askers) = self.waiting.remove(at);
        self.running.insert(check.key, askers);
        Some(check)
    }
}

impl Drop for PasswordQueue {
    fn drop(&mut self) {
        self.0.state().is_closed = true;
        self.0.changed.notify_all();
    }
}

impl std::fmt::Debug for PasswordQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordQueue").field("threads", &self.0.threads).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::login_key::LoginKeys;
    use super::*;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    static KEYS: LazyLock<LoginKeys> = LazyLock::new(|| LoginKeys::new().unwrap());

    fn check(password: &str, last: u8, failures: u32, work: impl FnOnce() -> bool + Send + 'static) -> PasswordCheck {
        let key = KEYS.of("alice", "hash", password, 1);
        let work = Box::new(move || if work() { Ok(()) } else { Err(LoginError::InvalidCredentials) });
        PasswordCheck { key, peer: ClientAddr::new([192, 0, 2, last].into()), failures, work }
    }

    /// A queue whose one thread is busy until the sender is dropped.
    async fn busy(
        capacity: usize,
        capacity_per_network: usize,
    ) -> (PasswordQueue, mpsc::Sender<()>, oneshot::Receiver<Checked>) {
        let queue = PasswordQueue::new(1, capacity, capacity_per_network);
        let (release, released) = mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let first = queue.ask(check("busy", 0, 0, move || {
            let _ = started.send(());
            released.recv().is_err()
        }));
        has_started.await.unwrap();
        (queue, release, first.unwrap())
    }

    #[tokio::test]
    async fn the_same_is_checked_once_however_many_ask() {
        let (queue, release, first) = busy(4, 4).await;
        let checks = Arc::new(AtomicUsize::new(0));
        let pending: Vec<_> = (0..500)
            .map(|_| {
                let checks = checks.clone();
                queue.ask(check("same", 1, 0, move || checks.fetch_add(1, Ordering::Relaxed) == 0)).unwrap()
            })
            .collect();
        let running = queue.ask(check("busy", 1, 0, || false)).unwrap();
        drop(release);
        assert_eq!((first.await, running.await), (Ok(Ok(())), Ok(Ok(()))));
        for pending in pending {
            assert_eq!(pending.await, Ok(Ok(())));
        }
        assert_eq!(checks.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn an_address_has_its_share_of_the_queue_and_no_more() {
        let (queue, _release, _first) = busy(8, 2).await;
        let _waiting: Vec<_> = ["1", "2"].map(|password| queue.ask(check(password, 1, 0, || true)).unwrap()).into();
        assert!(queue.ask(check("3", 1, 0, || true)).is_none());
        assert!(queue.ask(check("4", 2, 0, || true)).is_some());
    }

    #[tokio::test]
    async fn who_has_not_failed_goes_before_who_has_and_takes_the_place_of_the_worst() {
        let (queue, release, _first) = busy(3, 3).await;
        let (order, mut done) = tokio::sync::mpsc::unbounded_channel();
        let mut pending = Vec::new();
        for (password, peer, failures) in [("a", 1, 7), ("b", 2, 9), ("c", 3, 9)] {
            let order = order.clone();
            pending.push(queue.ask(check(password, peer, failures, move || order.send(password).is_err())).unwrap());
        }
        assert!(queue.ask(check("d", 100, 9, || true)).is_none(), "no better than the worst");
        let honest = queue.ask(check("e", 101, 0, move || order.send("e").is_ok())).unwrap();
        assert_eq!(pending.pop().unwrap().await, Ok(Err(LoginError::QueueFull)), "the latest of the worst");
        drop(release);
        assert_eq!(honest.await, Ok(Ok(())));
        for pending in pending {
            assert_eq!(pending.await, Ok(Err(LoginError::InvalidCredentials)));
        }
        let mut found = Vec::new();
        while let Ok(password) = done.try_recv() {
            found.push(password);
        }
        assert_eq!(found, ["e", "a", "b"]);
    }

    #[tokio::test]
    async fn who_has_most_waiting_makes_way_for_who_has_none() {
        let (queue, _release, _first) = busy(4, 4).await;
        let greedy = ["1", "2", "3"].map(|password| queue.ask(check(password, 1, 0, || true)).unwrap());
        let _modest = queue.ask(check("4", 2, 0, || true)).unwrap();
        let _new = queue.ask(check("5", 3, 0, || true)).unwrap();
        assert!(queue.ask(check("6", 3, 0, || true)).is_none(), "for one more it would be as greedy");
        let [first, second, third] = greedy;
        assert_eq!(third.await, Ok(Err(LoginError::QueueFull)), "the latest");
        drop((first, second));
    }

    #[tokio::test]
    async fn a_failure_counts_for_what_the_address_has_waiting() {
        let (queue, release, _first) = busy(3, 2).await;
        let (_hold, held) = mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let wrong = queue.ask(check("wrong", 1, 0, || false)).unwrap();
        let _holding = queue.ask(check("holds", 2, 0, move || {
            let _ = started.send(());
            held.recv().is_err()
        }));
        let next = queue.ask(check("next", 1, 0, || true)).unwrap();
        drop(release);
        assert_eq!(wrong.await, Ok(Err(LoginError::InvalidCredentials)));
        has_started.await.unwrap();
        let _honest: Vec<_> =
            [3, 4, 5].map(|peer| queue.ask(check(&peer.to_string(), peer, 0, || true)).unwrap()).into();
        assert_eq!(next.await, Ok(Err(LoginError::QueueFull)));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_checked_and_a_panic_is_an_answer() {
        let (queue, release, _first) = busy(4, 4).await;
        drop(queue.ask(check("gone", 1, 0, || unreachable!("nobody waits"))));
        let broken = queue.ask(check("broken", 1, 0, || panic!("a bug"))).unwrap();
        let next = queue.ask(check("next", 1, 0, || true)).unwrap();
        drop(release);
        assert_eq!((broken.await, next.await), (Ok(Err(LoginError::Panicked)), Ok(Ok(()))));
    }
}
