//! Cache of recent successful logins.
//!
//! Failed logins are not cached, so that brute force cannot evict entries.

use super::login_key::LoginKey;
use ops_core::unwind::IgnorePoison;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A cache of successful logins with a capacity and a time to live.
#[derive(Debug)]
pub(super) struct LoginCache {
    capacity: usize,
    ttl: Duration,
    /// Expiry of each cached login.
    entries: Mutex<HashMap<LoginKey, Instant>>,
}

impl LoginCache {
    pub(super) fn new(capacity: usize, ttl: Duration) -> LoginCache {
        LoginCache { capacity, ttl, entries: Mutex::default() }
    }

    pub(super) fn contains(&self, key: &LoginKey, now: Instant) -> bool {
        let entries = self.entries.lock().ignore_poison();
        entries.get(key).is_some_and(|expiry| now < *expiry)
    }

    pub(super) fn insert(&self, key: LoginKey, now: Instant) {
        if self.capacity == 0 {
            return;
        }
        let mut entries = self.entries.lock().ignore_poison();
        if entries.len() >= self.capacity && !entries.contains_key(&key) {
            // Only callers with a valid password reach this point, so evicting the oldest entry is safe.
            if let Some(oldest) = entries.iter().min_by_key(|(_, expiry)| **expiry).map(|(key, _)| *key) {
                entries.remove(&oldest);
            }
        }
        entries.insert(key, now.checked_add(self.ttl).unwrap_or(now));
    }
}

#[cfg(test)]
mod tests {
    use super::super::login_key::LoginKeys;
    use super::*;

    #[test]
    fn entries_expire_and_the_oldest_is_evicted_at_capacity() {
        let keys = LoginKeys::new().unwrap();
        let [first, second, third] = ["1", "2", "3"].map(|password| keys.of("alice", "hash", password, 1));
        let cache = LoginCache::new(2, Duration::from_secs(120));
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        cache.insert(first, start);
        assert!(cache.contains(&first, after(119)) && !cache.contains(&first, after(120)));
        cache.insert(second, after(1));
        cache.insert(third, after(2));
        assert_eq!([first, second, third].map(|key| cache.contains(&key, after(3))), [false, true, true]);
    }
}
