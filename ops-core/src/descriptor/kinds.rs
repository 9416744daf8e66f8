//! Kinds of health checks: the probes that a check affects.

use std::fmt;

/// The probe that a check affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum CheckKind {
    /// Readiness, `/readyz`: the program can serve requests.
    Readiness,
    /// Liveness, `/livez`: a program that fails it cannot recover and should be restarted.
    Liveness,
    /// Startup, `/startupz`: the program has started.
    Startup,
}

impl CheckKind {
    /// Returns the name, as used in `#[health_check]` and in reports.
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

/// The probes that a check affects: a non-empty set of [`CheckKind`]s.
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
    /// Creates a set of `kinds`.
    ///
    /// # Panics
    /// Panics if `kinds` is empty. In an attribute, this is a compile error.
    #[track_caller]
    pub const fn of(kinds: &[CheckKind]) -> Self {
        assert!(!kinds.is_empty(), "a health check requires at least one kind; add one, such as `readiness`");
        let (mut bits, mut at) = (0, 0);
        while at < kinds.len() {
            bits |= kinds[at].bit();
            at += 1;
        }
        CheckKinds(bits)
    }

    /// Returns `true` if the set contains `kind`.
    pub const fn contains(self, kind: CheckKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Returns the names, comma-separated, in the declaration order of [`CheckKind`].
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
    fn kinds_are_joined_in_declaration_order() {
        use CheckKind::{Liveness, Readiness, Startup};
        for kinds in [&[Readiness][..], &[Liveness], &[Startup], &[Readiness, Liveness], &[Readiness, Startup]] {
            let words: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
            assert_eq!(CheckKinds::of(kinds).as_str(), words.join(","));
        }
        assert_eq!(CheckKinds::of(&[Startup, Liveness]).as_str(), "liveness,startup");
        assert_eq!(CheckKinds::of(&[Startup, Liveness, Readiness, Startup]).as_str(), "readiness,liveness,startup");
    }
}
