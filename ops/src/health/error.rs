//! Why a check cannot be registered.

use crate::descriptor::Location;
use crate::name::MAX_CHECK_NAME;
use std::fmt;

/// Why a check cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HealthError {
    /// What it is called is not the name of a check.
    Name {
        /// What it is called.
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
}

impl fmt::Display for HealthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HealthError::Name { name } => write!(
                f,
                "{name:?} is not the name of a health check: use lower-case letters, digits, `_`, `.` and `-`, starting \
                 with a letter or a digit, at most {MAX_CHECK_NAME} bytes"
            ),
            HealthError::Duplicate { name, first, second } => {
                write!(
                    f,
                    "the health check `{name}` is declared at {} and again at {}: rename one",
                    Place(first),
                    Place(second)
                )
            }
        }
    }
}

impl std::error::Error for HealthError {}

struct Place<'a>(&'a Option<Box<Location>>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(location) => location.fmt(f),
            None => f.write_str("run time"),
        }
    }
}
