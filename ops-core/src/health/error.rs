//! Errors of check registration.

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
    /// Two linked checks have the same name.
    Duplicate {
        /// The duplicate name.
        name: String,
        /// Source location of the check that stays registered, if known.
        first: Option<Box<Location>>,
        /// Source location of the rejected check, if known.
        second: Option<Box<Location>>,
    },
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckError::InvalidName { name } => write!(
                f,
                "invalid health check or group name `{}`: it may contain only lowercase letters, digits, `_`, `.` and `-`, must \
                 start with a letter or digit, and is limited to {MAX_CHECK_NAME} bytes",
                name.escape_debug()
            ),
            CheckError::Duplicate { name, first, second } => {
                let (first, second) = (DeclaredAt(first.as_deref()), DeclaredAt(second.as_deref()));
                write!(f, "duplicate health check `{name}`: declared at {first} and at {second}; rename one of them")
            }
        }
    }
}

impl std::error::Error for CheckError {}

/// Formats the location of a declaration, or `run time` if it has none.
struct DeclaredAt<'a>(Option<&'a Location>);

impl fmt::Display for DeclaredAt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(location) => location.fmt(f),
            None => f.write_str("run time"),
        }
    }
}
