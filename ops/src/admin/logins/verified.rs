//! Logins that were right not long ago. None that was wrong is ever kept, so that nobody can push the right ones out.

use super::keys::Key;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many right logins, for so long.
#[derive(Debug)]
pub(super) struct Verified {
    most: usize,
    lifetime: Duration,
    /// Each with the end of its time.
    entries: Mutex<HashMap<Key, Instant>>,
}

impl Verified {
    pub(super) fn new(most: usize, lifetime: Duration) -> Verified {
        Verified { most, lifetime, entries: Mutex::default() }
    }

    pub(super) fn contains(&self, key: &Key, now: Instant) -> bool {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).is_some_and(|end| now < *end)
    }

    pub(super) fn insert(&self, key: Key, now: Instant) {
        if self.most == 0 {
            return;
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.most && !entries.contains_key(&key) {
            // Only who knows a password gets here, so the oldest may go.
            if let Some(oldest) = entries.iter().min_by_key(|(_, end)| **end).map(|(key, _)| *key) {
                entries.remove(&oldest);
            }
        }
        entries.insert(key, now.checked_add(self.lifetime).unwrap_or(now));
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::Keys;
    use super::*;

    #[test]
    fn a_login_is_kept_for_its_time_and_the_oldest_makes_room() {
        let keys = Keys::new().unwrap();
        let [first, second, third] = ["1", "2", "3"].map(|password| keys.of("alice", "hash", password, 1));
        let verified = Verified::new(2, Duration::from_secs(120));
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        verified.insert(first, start);
        assert!(verified.contains(&first, after(119)) && !verified.contains(&first, after(120)));
        verified.insert(second, after(1));
        verified.insert(third, after(2));
        assert_eq!([first, second, third].map(|key| verified.contains(&key, after(3))), [false, true, true]);
    }
}
