//! Rate limits for records of rejected requests.
//!
//! They prevent a client from filling the disk, and from burying the records of other clients.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Maximum number of records per second for a user, or for all unauthenticated callers together.
const MAX_PER_SECOND: u32 = 10;

/// A rate limit per authenticated user, and one for all unauthenticated callers together.
#[derive(Debug, Default)]
pub(super) struct RateLimiter {
    unauthenticated: Window,
    /// Bounded by the number of users of the policy.
    users: HashMap<String, Window>,
}

/// The current one-second window of a rate limit.
#[derive(Debug, Default)]
struct Window {
    started: Option<Instant>,
    written: u32,
    suppressed: u64,
}

impl RateLimiter {
    /// Admits a record of the authenticated `user`, or of an unauthenticated caller.
    ///
    /// Returns the number of records suppressed since the last admitted one, or `None` if the record exceeds the limit.
    pub(super) fn admit(&mut self, user: Option<&str>, now: Instant) -> Option<u64> {
        match user {
            None => self.unauthenticated.admit(now),
            Some(user) => match self.users.get_mut(user) {
                Some(window) => window.admit(now),
                None => self.users.entry(user.to_owned()).or_default().admit(now),
            },
        }
    }
}

impl Window {
    fn admit(&mut self, now: Instant) -> Option<u64> {
        if self.started.is_none_or(|started| now.saturating_duration_since(started) >= Duration::from_secs(1)) {
            (self.started, self.written) = (Some(now), 0);
        }
        if self.written >= MAX_PER_SECOND {
            self.suppressed += 1;
            return None;
        }
        self.written += 1;
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admits_ten_records_per_second_and_counts_suppressed_ones() {
        let (mut limiter, start) = (RateLimiter::default(), Instant::now());
        let mut written = |millis| limiter.admit(None, start + Duration::from_millis(millis));
        let first: Vec<_> = (0..1_000).map(&mut written).collect();
        assert_eq!((&first[..10], &first[10..]), (&[Some(0); 10][..], &[None; 990][..]));
        assert_eq!([1_000, 1_001].map(written), [Some(990), Some(0)]);
    }

    #[test]
    fn users_have_separate_limits() {
        let (mut limiter, now) = (RateLimiter::default(), Instant::now());
        for user in [None, Some("eve")] {
            while limiter.admit(user, now).is_some() {}
        }
        assert_eq!([None, Some("eve"), Some("alice")].map(|user| limiter.admit(user, now)), [None, None, Some(0)]);
    }
}
