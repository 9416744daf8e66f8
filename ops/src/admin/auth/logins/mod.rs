//! Password logins with caching and throttling, so that brute force does not slow down other callers.
//!
//! A login goes through steps of increasing cost: [`LoginCache`] holds recent successful logins, [`Backoff`] throttles after
//! failures, and [`PasswordQueue`] verifies the password.

mod backoff;
mod login_cache;
mod login_error;
mod login_key;
mod password_queue;

pub(super) use login_error::LoginError;

use crate::admin::{ClientAddr, Limits};
use crate::rbac::{Challenge, Memory, PasswordVerdict, Snapshot};
use backoff::Backoff;
use login_cache::LoginCache;
use login_key::LoginKeys;
use password_queue::{PasswordCheck, PasswordQueue};
use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// The password logins of one server.
#[derive(Debug)]
pub(super) struct Logins {
    keys: LoginKeys,
    cache: LoginCache,
    /// Backoff by user name.
    names: Arc<Backoff>,
    /// Backoff by client network.
    addresses: Arc<Backoff>,
    queue: PasswordQueue,
}

impl Logins {
    /// Creates the logins of one server.
    ///
    /// # Errors
    /// If the system provides no randomness.
    pub(super) fn new(limits: &Limits) -> io::Result<Logins> {
        Ok(Logins {
            keys: LoginKeys::new()?,
            cache: LoginCache::new(limits.login_cache_capacity, limits.login_cache_ttl),
            names: Arc::new(Backoff::new(limits.login_failure_threshold)),
            addresses: Arc::new(Backoff::new(limits.login_failure_threshold_per_address)),
            queue: PasswordQueue::new(
                limits.max_concurrent_logins,
                limits.max_queued_logins,
                limits.max_queued_logins_per_address,
            ),
        })
    }

    /// Returns `true` if the login is cached, without verifying the password.
    pub(super) fn is_cached(&self, policy: &Snapshot, user: &str, password: &str) -> bool {
        let key = self.keys.of(user, policy.challenge(user).hash(), password, policy.generation());
        self.cache.contains(&key, Instant::now())
    }

    /// Verifies the password of `user` for a request from `peer`.
    ///
    /// # Errors
    /// The reason the login failed.
    pub(super) async fn check(
        &self,
        policy: &Snapshot,
        user: &str,
        password: Zeroizing<String>,
        peer: ClientAddr,
    ) -> Result<(), LoginError> {
        let challenge = policy.challenge(user);
        let key = self.keys.of(user, challenge.hash(), &password, policy.generation());
        let (now, network) = (Instant::now(), peer.network());
        if self.cache.contains(&key, now) {
            return Ok(());
        }
        if let Some(wait) = wait(&self.names, &self.addresses, user, network, now) {
            return Err(LoginError::Throttled(wait));
        }
        let work = {
            let (names, addresses, user) = (self.names.clone(), self.addresses.clone(), user.to_owned());
            move || {
                let now = Instant::now();
                // Checked again: concurrent attempts may have failed while this one was queued.
                if let Some(wait) = wait(&names, &addresses, &user, network, now) {
                    return Err(LoginError::Throttled(wait));
                }
                match verify(&challenge, &password) {
                    PasswordVerdict::Match => Ok(()),
                    PasswordVerdict::Mismatch => {
                        // Counted here, once per coalesced check and even if all callers have disconnected.
                        let now = Instant::now();
                        names.record_failure(user.as_str(), now);
                        addresses.record_failure(network, now);
                        Err(LoginError::InvalidCredentials)
                    }
                    PasswordVerdict::Unverified => Err(LoginError::OutOfMemory),
                }
            }
        };
        let failures = self.addresses.failures(network, now);
        let result = self
            .queue
            .submit(PasswordCheck { key, peer, failures, work: Box::new(work) })
            .ok_or(LoginError::QueueFull)?;
        result.await.unwrap_or(Err(LoginError::QueueFull))?;
        self.names.record_success(user);
        self.cache.insert(key, Instant::now());
        Ok(())
    }
}

/// Returns the remaining delay of a login, the longer of those of its user name and its network.
fn wait(names: &Backoff, addresses: &Backoff, user: &str, network: ClientAddr, now: Instant) -> Option<Duration> {
    [names.wait(user, now), addresses.wait(network, now)].into_iter().flatten().max()
}

thread_local! {
    /// Argon2 memory of a verification thread, reused between passwords.
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Number of passwords verified with argon2 in this process.
#[cfg(test)]
static VERIFICATIONS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

fn verify(challenge: &Challenge, password: &str) -> PasswordVerdict {
    #[cfg(test)]
    VERIFICATIONS.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    MEMORY.with_borrow_mut(|memory| challenge.verify(password, memory))
}

#[cfg(test)]
mod tests;
