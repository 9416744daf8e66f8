//! Errors from registering and grouping health checks.

use crate::descriptor::Location;
use crate::health::CheckError;
use std::fmt;

/// Reasons the registration of a check or the definition of a group fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HealthError {
    /// The name of the check or the group is invalid.
    InvalidName {
        /// The rejected name.
        name: String,
    },
    /// Two linked checks have the same name.
    Duplicate {
        /// The name.
        name: String,
        /// The source location of the check that stays registered, if known.
        first: Option<Box<Location>>,
        /// The source location of the rejected check, if known.
        second: Option<Box<Location>>,
    },
    /// A group has the name of a check.
    GroupName {
        /// The name of the group.
        group: String,
    },
    /// A group contains the name of an unknown check.
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
                write!(f, "invalid health check group `{group}`: a health check has this name; rename the group")
            }
            HealthError::GroupMember { group, check } => write!(
                f,
                "invalid health check group `{}`: unknown check `{}`; register it or remove it from the group",
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
