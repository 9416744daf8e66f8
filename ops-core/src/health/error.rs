//! Errors of registration.

use crate::descriptor::Location;
use crate::name::MAX_CHECK_NAME;
use std::fmt;

/// Reasons a check cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckError {
    /// The name is invalid.
    InvalidName {
        /// The rejected name.
        name: String,
    },
    /// Two linked checks have one name.
    Duplicate {
        /// The name.
        name: String,
        /// The source location of the check that stays, if the source says so.
        first: Option<Box<Location>>,
        /// The source location of the rejected check, if the source says so.
        second: Option<Box<Location>>,
    },
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckError::InvalidName { name } => write!(
                f,
                "{name:?} is not the name of a health check or a group of them: use lower-case letters, digits, `_`, `.` \
                 and `-`, starting with a letter or a digit, at most {MAX_CHECK_NAME} bytes"
            ),
            CheckError::Duplicate { name, first, second } => {
                let (first, second) = (Place(first.as_deref()), Place(second.as_deref()));
                write!(f, "the health check `{name}` is declared at {first} and again at {second}: rename one")
            }
        }
    }
}

impl std::error::Error for CheckError {}

struct Place<'a>(Option<&'a Location>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(location) => location.fmt(f),
            None => f.write_str("run time"),
        }
    }
}
