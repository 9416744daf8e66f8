//! How much of the log those may take who are let to change nothing: nobody fills a disk, nor hides what another one tries.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// So many records of each in a second; how many were not written is told by the next one.
const A_SECOND: u32 = 10;

/// The share of each user, and one of all others together.
#[derive(Debug, Default)]
pub(super) struct Shares {
    others: Share,
    /// As many at most as the policy has users.
    users: HashMap<String, Share>,
}

#[derive(Debug, Default)]
struct Share {
    since: Option<Instant>,
    written: u32,
    suppressed: u64,
}

impl Shares {
    /// Takes the place of one record of `user`, who is known by that name, or of somebody who is not; how many before it had
    /// none, or nothing if it has none itself.
    pub(super) fn take(&mut self, user: Option<&str>, now: Instant) -> Option<u64> {
        match user {
            None => self.others.take(now),
            Some(user) => match self.users.get_mut(user) {
                Some(share) => share.take(now),
                None => self.users.entry(user.to_owned()).or_default().take(now),
            },
        }
    }
}

impl Share {
    fn take(&mut self, now: Instant) -> Option<u64> {
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= Duration::from_secs(1)) {
            (self.since, self.written) = (Some(now), 0);
        }
        if self.written >= A_SECOND {
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
    fn in_each_second_a_few_are_written_and_the_next_one_says_how_many_were_not() {
        let (mut shares, start) = (Shares::default(), Instant::now());
        let mut written = |millis| shares.take(None, start + Duration::from_millis(millis));
        let first: Vec<_> = (0..1_000).map(&mut written).collect();
        assert_eq!((&first[..10], &first[10..]), (&[Some(0); 10][..], &[None; 990][..]));
        assert_eq!([1_000, 1_001].map(written), [Some(990), Some(0)]);
    }

    #[test]
    fn who_is_known_has_a_share_that_nobody_else_takes() {
        let (mut shares, now) = (Shares::default(), Instant::now());
        for greedy in [None, Some("eve")] {
            while shares.take(greedy, now).is_some() {}
        }
        assert_eq!([None, Some("eve"), Some("alice")].map(|user| shares.take(user, now)), [None, None, Some(0)]);
    }
}
