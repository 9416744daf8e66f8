//! Validity periods of configuration files.

use std::time::SystemTime;

/// The validity period of a configuration, such as that of a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validity {
    /// Start of the period; `None` if unbounded.
    pub(crate) not_before: Option<SystemTime>,
    /// End of the period (exclusive); `None` if unbounded.
    pub(crate) not_after: Option<SystemTime>,
}

/// The position of a time relative to a validity period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Within the period.
    Valid,
    /// Before the period; contains its start.
    NotYetValid(SystemTime),
    /// At or after the end of the period; contains its end.
    Expired(SystemTime),
}

impl Validity {
    /// Returns the position of `now` relative to this period.
    pub(crate) fn standing(self, now: SystemTime) -> Standing {
        match (self.not_before, self.not_after) {
            (_, Some(end)) if end <= now => Standing::Expired(end),
            (Some(begin), _) if now < begin => Standing::NotYetValid(begin),
            _ => Standing::Valid,
        }
    }
}
