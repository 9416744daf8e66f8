//! What a check decides about: one kind, or several.

use std::fmt;

/// What a check decides about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum CheckKind {
    /// Whether the program can serve now: `/readyz`.
    Readiness,
    /// Whether the program is beyond recovery and should be restarted: `/livez`.
    Liveness,
    /// Whether the program has started: `/startupz`.
    Startup,
}

impl CheckKind {
    /// The word of the endpoints and of the attribute.
    pub const fn as_str(self) -> &'static str {
        match self {
            CheckKind::Readiness => "readiness",
            CheckKind::Liveness => "liveness",
            CheckKind::Startup => "startup",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// All that one check decides about: at least one [`CheckKind`].
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::descriptor::CheckKinds;
/// use ops::CheckKind;
///
/// let kinds = CheckKinds::of(&[CheckKind::Startup, CheckKind::Readiness]);
/// assert!(kinds.contains(CheckKind::Readiness) && !kinds.contains(CheckKind::Liveness));
/// assert_eq!(kinds.as_str(), "readiness,startup");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CheckKinds(u8);

impl CheckKinds {
    /// These kinds.
    ///
    /// # Panics
    /// If there are none: at compile time, as an attribute calls it.
    #[track_caller]
    pub const fn of(kinds: &[CheckKind]) -> Self {
        assert!(!kinds.is_empty(), "a health check decides about something: name a kind, as `readiness`");
        let (mut bits, mut at) = (0, 0);
        while at < kinds.len() {
            bits |= kinds[at].bit();
            at += 1;
        }
        CheckKinds(bits)
    }

    /// Whether `kind` is one of them.
    pub const fn contains(self, kind: CheckKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Their words, joined by commas, in the order in which [`CheckKind`] has them.
    pub const fn as_str(self) -> &'static str {
        match self.0 {
            0b001 => "readiness",
            0b010 => "liveness",
            0b011 => "readiness,liveness",
            0b100 => "startup",
            0b101 => "readiness,startup",
            0b110 => "liveness,startup",
            _ => "readiness,liveness,startup",
        }
    }
}

impl From<CheckKind> for CheckKinds {
    fn from(kind: CheckKind) -> Self {
        CheckKinds::of(&[kind])
    }
}

impl fmt::Display for CheckKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for CheckKinds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_kinds_are_their_words_in_one_order() {
        use CheckKind::{Liveness, Readiness, Startup};
        for kinds in [&[Readiness][..], &[Liveness], &[Startup], &[Readiness, Liveness], &[Readiness, Startup]] {
            let words: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
            assert_eq!(CheckKinds::of(kinds).as_str(), words.join(","));
        }
        assert_eq!(CheckKinds::of(&[Startup, Liveness]).as_str(), "liveness,startup");
        assert_eq!(CheckKinds::of(&[Startup, Liveness, Readiness, Startup]).as_str(), "readiness,liveness,startup");
    }
}
