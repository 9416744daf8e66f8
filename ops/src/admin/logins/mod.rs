//! Passwords of requests: whether they are right, at a cost that nobody can run up for others.
//!
//! A login goes one way, each step dearer than the one before: [`verified`] says whether the same was right not long ago,
//! [`backoff`] whether it has to wait, and [`queue`] has it checked.

mod backoff;
mod keys;
mod queue;
mod refusal;
mod verified;

use super::limits::Limits;
use super::peer::Peer;
use crate::rbac::{Challenge, Memory, Snapshot, Verdict};
use backoff::Backoff;
use keys::Keys;
use queue::{Check, Queue};
pub(super) use refusal::Refusal;
use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use verified::Verified;
use zeroize::Zeroizing;

/// What one server knows of logins.
#[derive(Debug)]
pub(super) struct Logins {
    keys: Keys,
    verified: Verified,
    names: Arc<Backoff>,
    addresses: Arc<Backoff>,
    queue: Queue,
}

impl Logins {
    /// # Errors
    /// If the system has no randomness.
    pub(super) fn new(limits: &Limits) -> io::Result<Logins> {
        Ok(Logins {
            keys: Keys::new()?,
            verified: Verified::new(limits.cached_logins, limits.cached_login_lifetime),
            names: Arc::new(Backoff::new(limits.failed_logins)),
            addresses: Arc::new(Backoff::new(limits.failed_logins_per_address)),
            queue: Queue::new(limits.concurrent_logins, limits.waiting_logins, limits.waiting_logins_per_address),
        })
    }

    /// Whether `password` is the one of `user`, asked by `peer`.
    pub(super) async fn check(
        &self,
        policy: &Snapshot,
        user: &str,
        password: Zeroizing<String>,
        peer: Peer,
    ) -> Result<(), Refusal> {
        let challenge = policy.challenge(user);
        let key = self.keys.of(user, challenge.hash(), &password, policy.generation());
        let (now, network) = (Instant::now(), peer.network());
        if self.verified.contains(&key, now) {
            return Ok(());
        }
        if let Some(wait) = wait(&self.names, &self.addresses, user, network, now) {
            return Err(Refusal::TooMany(wait));
        }
        let work = {
            let (names, addresses, user) = (self.names.clone(), self.addresses.clone(), user.to_owned());
            move || {
                let now = Instant::now();
                // Those that were asked at once are looked at one after the other, as others are.
                if let Some(wait) = wait(&names, &addresses, &user, network, now) {
                    return Err(Refusal::TooMany(wait));
                }
                match verdict(&challenge, &password) {
                    Verdict::Right => Ok(()),
                    Verdict::Wrong => {
                        // Counted here, once for all that are answered with it, and whether or not one of them is still there.
                        let now = Instant::now();
                        names.failed(user.as_str(), now);
                        addresses.failed(network, now);
                        Err(Refusal::Wrong)
                    }
                    Verdict::Untried => Err(Refusal::NoMemory),
                }
            }
        };
        let failures = self.addresses.failures(network, now);
        let answer = self.queue.ask(Check { key, peer, failures, work: Box::new(work) }).ok_or(Refusal::Busy)?;
        answer.await.unwrap_or(Err(Refusal::Busy))?;
        self.names.succeeded(user);
        self.verified.insert(key, Instant::now());
        Ok(())
    }
}

/// How long a login has to wait: as long as its name or its address has to.
fn wait(names: &Backoff, addresses: &Backoff, user: &str, network: Peer, now: Instant) -> Option<Duration> {
    [names.wait(user, now), addresses.wait(network, now)].into_iter().flatten().max()
}

thread_local! {
    /// Of a thread of the queue, for as long as that lives.
    static MEMORY: RefCell<Memory> = RefCell::default();
}

fn verdict(challenge: &Challenge, password: &str) -> Verdict {
    #[cfg(test)]
    tests::CHECKS.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    MEMORY.with_borrow_mut(|memory| challenge.verdict(password, memory))
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

#[cfg(test)]
mod tests;
