//! Thread pool for password verification, with a queue that is bounded in total and per network.

use super::LoginError;
use super::login_key::LoginKey;
use crate::admin::ClientAddr;
use ops_core::unwind::{IgnorePoison, catch_panic};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;
use tokio::sync::oneshot;

/// Time after which an idle thread exits.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// The verification of one password. Checks with equal keys are coalesced.
pub(super) struct PasswordCheck {
    pub(super) key: LoginKey,
    pub(super) peer: ClientAddr,
    /// Consecutive failures of the client network. Checks with fewer failures run first.
    pub(super) failures: u32,
    pub(super) work: Box<dyn FnOnce() -> CheckResult + Send>,
}

type CheckResult = Result<(), LoginError>;

/// The queue of password checks with its threads, which exit when it is dropped.
pub(super) struct PasswordQueue(Arc<Shared>);

struct Shared {
    threads: usize,
    capacity: usize,
    capacity_per_network: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Queued checks, in order of arrival.
    waiting: Vec<(PasswordCheck, Waiters)>,
    running: HashMap<LoginKey, Waiters>,
    threads: usize,
    idle: usize,
    is_closed: bool,
}

/// The callers that wait for the result of one coalesced check.
type Waiters = Vec<oneshot::Sender<CheckResult>>;

impl PasswordQueue {
    /// Creates a queue with up to `threads` threads and `capacity` waiting checks.
    ///
    /// Up to `capacity_per_network` of the waiting checks may come from one network.
    pub(super) fn new(threads: usize, capacity: usize, capacity_per_network: usize) -> PasswordQueue {
        PasswordQueue(Arc::new(Shared {
            threads: threads.max(1),
            capacity: capacity.max(1),
            capacity_per_network: capacity_per_network.max(1),
            state: Mutex::default(),
            changed: Condvar::new(),
        }))
    }

    /// Enqueues a check or joins the one with the same key. Returns `None` if the queue is full.
    pub(super) fn submit(&self, check: PasswordCheck) -> Option<oneshot::Receiver<CheckResult>> {
        let (waiter, result) = oneshot::channel();
        let mut state = self.0.state();
        if let Some(waiters) = state.waiters_of(&check.key) {
            waiters.push(waiter);
            return Some(result);
        }
        let waiting = state.waiting_of(check.peer);
        if waiting >= self.0.capacity_per_network {
            return None;
        }
        if state.waiting.len() >= self.0.capacity {
            state.make_room(check.failures, waiting)?;
        }
        state.waiting.push((check, vec![waiter]));
        if state.idle == 0 && state.threads < self.0.threads && self.0.start_thread() {
            state.threads += 1;
        }
        if state.threads == 0 {
            // No thread could be started: dropping the waiters fails all waiting checks.
            state.waiting.clear();
            return None;
        }
        self.0.changed.notify_one();
        Some(result)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().ignore_poison()
    }

    fn start_thread(self: &Arc<Self>) -> bool {
        let shared = self.clone();
        thread::Builder::new().name("ops-login".to_owned()).spawn(move || shared.work()).is_ok()
    }

    fn work(&self) {
        while let Some(check) = self.next() {
            let result = catch_panic(check.work).unwrap_or(Err(LoginError::Panicked));
            let mut state = self.state();
            if result == Err(LoginError::InvalidCredentials) {
                // Lower the priority of the waiting checks of the same network.
                let same = state.waiting.iter_mut().filter(|(other, _)| other.peer.network() == check.peer.network());
                same.for_each(|(other, _)| other.failures = other.failures.saturating_add(1));
            }
            let waiters = state.running.remove(&check.key).unwrap_or_default();
            drop(state);
            for waiter in waiters {
                let _ = waiter.send(result);
            }
        }
    }

    /// Waits for the next check. Returns `None` if the thread must exit.
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
            let (woken, waited) = self.changed.wait_timeout(state, IDLE_TIMEOUT).ignore_poison();
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
    fn waiters_of(&mut self, key: &LoginKey) -> Option<&mut Waiters> {
        let waiting = self.waiting.iter_mut().find(|(check, _)| check.key == *key).map(|(_, waiters)| waiters);
        waiting.or_else(|| self.running.get_mut(key))
    }

    fn waiting_of(&self, peer: ClientAddr) -> usize {
        self.waiting.iter().filter(|(check, _)| check.peer.network() == peer.network()).count()
    }

    /// Evicts a waiting check in favor of a new one.
    ///
    /// The network of the new check has `failures` failures and `waiting` queued checks. Evicts the latest check with the most
    /// failures or, among equals, from the network with the most waiting checks. Returns `None` if that check ranks no worse
    /// than the new one.
    fn make_room(&mut self, failures: u32, waiting: usize) -> Option<()> {
        let rank = |check: &PasswordCheck| (check.failures, self.waiting_of(check.peer));
        let (index, worst) = self
            .waiting
            .iter()
            .enumerate()
            .map(|(index, (check, _))| (index, rank(check)))
            .max_by_key(|(index, rank)| (*rank, *index))?;
        if worst <= (failures, waiting + 1) {
            return None;
        }
        let (_, waiters) = self.waiting.remove(index);
        for waiter in waiters {
            let _ = waiter.send(Err(LoginError::QueueFull));
        }
        Some(())
    }

    /// Takes the oldest of the checks with the fewest failures, after discarding abandoned checks.
    fn take(&mut self) -> Option<PasswordCheck> {
        self.waiting.retain(|(_, waiters)| !waiters.iter().all(oneshot::Sender::is_closed));
        let (index, _) = self.waiting.iter().enumerate().min_by_key(|(index, (check, _))| (check.failures, *index))?;
        let (check, waiters) = self.waiting.remove(index);
        self.running.insert(check.key, waiters);
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

    /// Creates a queue whose single thread is busy until the returned sender is dropped.
    async fn busy(
        capacity: usize,
        capacity_per_network: usize,
    ) -> (PasswordQueue, mpsc::Sender<()>, oneshot::Receiver<CheckResult>) {
        let queue = PasswordQueue::new(1, capacity, capacity_per_network);
        let (release, released) = mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let first = queue.submit(check("busy", 0, 0, move || {
            let _ = started.send(());
            released.recv().is_err()
        }));
        has_started.await.unwrap();
        (queue, release, first.unwrap())
    }

    #[tokio::test]
    async fn coalesces_concurrent_checks_of_the_same_login() {
        let (queue, release, first) = busy(4, 4).await;
        let checks = Arc::new(AtomicUsize::new(0));
        let pending: Vec<_> = (0..500)
            .map(|_| {
                let checks = checks.clone();
                queue.submit(check("same", 1, 0, move || checks.fetch_add(1, Ordering::Relaxed) == 0)).unwrap()
            })
            .collect();
        let running = queue.submit(check("busy", 1, 0, || false)).unwrap();
        drop(release);
        assert_eq!((first.await, running.await), (Ok(Ok(())), Ok(Ok(()))));
        for pending in pending {
            assert_eq!(pending.await, Ok(Ok(())));
        }
        assert_eq!(checks.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn limits_the_waiting_checks_of_one_network() {
        let (queue, _release, _first) = busy(8, 2).await;
        let _waiting: Vec<_> = ["1", "2"].map(|password| queue.submit(check(password, 1, 0, || true)).unwrap()).into();
        assert!(queue.submit(check("3", 1, 0, || true)).is_none());
        assert!(queue.submit(check("4", 2, 0, || true)).is_some());
    }

    #[tokio::test]
    async fn checks_without_failures_run_first_and_evict_those_with_the_most() {
        let (queue, release, _first) = busy(3, 3).await;
        let (order, mut done) = tokio::sync::mpsc::unbounded_channel();
        let mut pending = Vec::new();
        for (password, peer, failures) in [("a", 1, 7), ("b", 2, 9), ("c", 3, 9)] {
            let order = order.clone();
            pending.push(queue.submit(check(password, peer, failures, move || order.send(password).is_err())).unwrap());
        }
        assert!(queue.submit(check("d", 100, 9, || true)).is_none(), "it has as many failures as the worst");
        let honest = queue.submit(check("e", 101, 0, move || order.send("e").is_ok())).unwrap();
        assert_eq!(
            pending.pop().unwrap().await,
            Ok(Err(LoginError::QueueFull)),
            "the latest check with the most failures"
        );
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
    async fn evicts_from_the_network_with_the_most_waiting_checks() {
        let (queue, _release, _first) = busy(4, 4).await;
        let greedy = ["1", "2", "3"].map(|password| queue.submit(check(password, 1, 0, || true)).unwrap());
        let _modest = queue.submit(check("4", 2, 0, || true)).unwrap();
        let _new = queue.submit(check("5", 3, 0, || true)).unwrap();
        assert!(queue.submit(check("6", 3, 0, || true)).is_none(), "its network would have as many as the first");
        let [first, second, third] = greedy;
        assert_eq!(third.await, Ok(Err(LoginError::QueueFull)), "the latest");
        drop((first, second));
    }

    #[tokio::test]
    async fn a_failure_lowers_the_priority_of_waiting_checks_of_the_same_network() {
        let (queue, release, _first) = busy(3, 2).await;
        let (_hold, held) = mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let wrong = queue.submit(check("wrong", 1, 0, || false)).unwrap();
        let _holding = queue.submit(check("holds", 2, 0, move || {
            let _ = started.send(());
            held.recv().is_err()
        }));
        let next = queue.submit(check("next", 1, 0, || true)).unwrap();
        drop(release);
        assert_eq!(wrong.await, Ok(Err(LoginError::InvalidCredentials)));
        has_started.await.unwrap();
        let _honest: Vec<_> =
            [3, 4, 5].map(|peer| queue.submit(check(&peer.to_string(), peer, 0, || true)).unwrap()).into();
        assert_eq!(next.await, Ok(Err(LoginError::QueueFull)));
    }

    #[tokio::test]
    async fn skips_abandoned_checks_and_reports_panics() {
        let (queue, release, _first) = busy(4, 4).await;
        drop(queue.submit(check("gone", 1, 0, || unreachable!("abandoned"))));
        let broken = queue.submit(check("broken", 1, 0, || panic!("a bug"))).unwrap();
        let next = queue.submit(check("next", 1, 0, || true)).unwrap();
        drop(release);
        assert_eq!((broken.await, next.await), (Ok(Err(LoginError::Panicked)), Ok(Ok(()))));
    }
}
