//! Validity: the period in which settings may be used.

use std::time::SystemTime;

/// The period in which settings may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validity {
    /// The first moment of it; `None` if it has no beginning.
    pub(crate) not_before: Option<SystemTime>,
    /// The first moment after it; `None` if it has no end.
    pub(crate) not_after: Option<SystemTime>,
}

/// The position of a time relative to a validity period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Within it.
    Valid,
    /// Before it begins, at this moment.
    NotYetValid(SystemTime),
    /// After it ended, at this moment.
    Expired(SystemTime),
}

impl Validity {
    /// Returns where `now` stands to it.
    pub(crate) fn standing(self, now: SystemTime) -> Standing {
        match (self.not_before, self.not_after) {
            (_, Some(end)) if end <= now => Standing::Expired(end),
            (Some(begin), _) if now < begin => Standing::NotYetValid(begin),
            _ => Standing::Valid,
        }
    }
}
