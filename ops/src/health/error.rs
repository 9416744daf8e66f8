//! Errors of registering and grouping checks.

use crate::descriptor::Location;
use crate::health::CheckError;
use std::fmt;

/// Reasons a check cannot be registered, or a group not be created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HealthError {
    /// The name of the check or the group is invalid.
    InvalidName {
        /// The rejected name.
        name: String,
    },
    /// Two linked checks have one name.
    Duplicate {
        /// The name.
        name: String,
        /// Where the one that stays is declared, if the source says so.
        first: Option<Box<Location>>,
        /// Where the one that is refused is declared, if the source says so.
        second: Option<Box<Location>>,
    },
    /// A group is called like a check.
    GroupName {
        /// The name.
        group: String,
    },
    /// A group names a check that is not there.
    GroupMember {
        /// The name of the group.
        group: String,
        /// The name of the check.
        check: String,
    },
}

impl fmt::Display for HealthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HealthError::InvalidName { name } => CheckError::InvalidName { name: name.clone() }.fmt(f),
            HealthError::Duplicate { name, first, second } => {
                CheckError::Duplicate { name: name.clone(), first: first.clone(), second: second.clone() }.fmt(f)
            }
            HealthError::GroupName { group } => {
                write!(f, "`{group}` is a health check and a group of them: give the group another name")
            }
            HealthError::GroupMember { group, check } => write!(
                f,
                "the group `{}` has a check `{}` that is not there: register it, or take it out of the group",
                group.escape_debug(),
                check.escape_debug()
            ),
        }
    }
}

impl std::error::Error for HealthError {}

impl From<CheckError> for HealthError {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Duplicate { name, first, second } => HealthError::Duplicate { name, first, second },
            CheckError::InvalidName { name } => HealthError::InvalidName { name },
            other => HealthError::InvalidName { name: other.to_string() },
        }
    }
}
