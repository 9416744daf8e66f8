//! Passwords of requests: whether they are right, at a cost that nobody can run up for others.
//!
//! A login goes one way, each step dearer than the one before: [`verified`] says whether the same was right not long ago,
//! [`backoff`] whether it has to wait, and [`queue`] has it checked.

mod backoff;
mod keys;
mod queue;
mod verified;

use super::limits::Limits;
use super::peer::Peer;
use crate::rbac::{Challenge, Memory, Snapshot};
use backoff::Backoff;
use keys::Keys;
use queue::{Check, Checked, Queue};
use std::cell::RefCell;
use std::io;
use std::time::{Duration, Instant};
use verified::Verified;
use zeroize::Zeroizing;

/// What one server knows of logins.
#[derive(Debug)]
pub(super) struct Logins {
    keys: Keys,
    verified: Verified,
    names: Backoff,
    addresses: Backoff,
    queue: Queue,
}

/// Why a login is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The user or the password is wrong.
    Wrong,
    /// There were too many wrong ones: it is looked at again after this long.
    TooMany(Duration),
    /// Too many are waiting to be checked.
    Busy,
    /// The check broke.
    Broken,
}

impl Logins {
    /// # Errors
    /// If the system has no randomness.
    pub(super) fn new(limits: &Limits) -> io::Result<Logins> {
        Ok(Logins {
            keys: Keys::new()?,
            verified: Verified::new(limits.cached_logins, limits.cached_login_lifetime),
            names: Backoff::new(limits.failed_logins),
            addresses: Backoff::new(limits.failed_logins_per_address),
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
        let waits = [self.names.wait(user, now), self.addresses.wait(network, now)];
        if let Some(wait) = waits.into_iter().flatten().max() {
            return Err(Refusal::TooMany(wait));
        }
        let work = Box::new(move || accepts(&challenge, &password));
        let failures = self.addresses.failures(network, now);
        let pending = self.queue.ask(Check { key, peer, failures, work }).ok_or(Refusal::Busy)?;
        let checked = pending.answer.await.unwrap_or(Checked::Refused);
        let now = Instant::now();
        match checked {
            Checked::Is(true) => {
                self.names.succeeded(user);
                self.verified.insert(key, now);
                Ok(())
            }
            Checked::Is(false) => {
                // Those that were answered with it have not cost anything.
                if pending.is_first {
                    self.names.failed(user, now);
                    self.addresses.failed(network, now);
                }
                Err(Refusal::Wrong)
            }
            Checked::Refused => Err(Refusal::Busy),
            Checked::Broken => Err(Refusal::Broken),
        }
    }
}

thread_local! {
    /// Of a thread of the queue, for as long as that lives.
    static MEMORY: RefCell<Memory> = RefCell::default();
}

fn accepts(challenge: &Challenge, password: &str) -> bool {
    #[cfg(test)]
    tests::CHECKS.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    MEMORY.with_borrow_mut(|memory| challenge.accepts(password, memory))
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

#[cfg(test)]
mod tests;
