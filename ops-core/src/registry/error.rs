//! Errors of creating and registering metric families at run time.

use crate::descriptor::{Location, MetricKind};
use std::fmt;

/// Reasons a metric family cannot be created or registered at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricError {
    /// The name is not a valid metric name.
    #[non_exhaustive]
    InvalidName {
        /// The rejected name.
        name: String,
    },
    /// The family exists as another kind.
    #[non_exhaustive]
    Kind {
        /// The name of the family.
        name: String,
        /// The kind of the existing family.
        is: MetricKind,
        /// The requested kind.
        wanted: MetricKind,
    },
    /// The histogram exists with other buckets.
    #[non_exhaustive]
    Buckets {
        /// The name of the family.
        name: String,
    },
    /// The family is declared by an annotated item of the program.
    #[non_exhaustive]
    Declared {
        /// The name of the family.
        name: String,
        /// The kind of the declared family.
        is: MetricKind,
        /// The source location of the declaration.
        location: Location,
    },
    /// An existing family has samples of this name.
    #[non_exhaustive]
    Taken {
        /// The requested name.
        name: String,
        /// The name of the existing family.
        family: String,
    },
    /// The family exists with another help text.
    #[non_exhaustive]
    Help {
        /// The requested name.
        name: String,
        /// The help text of the existing family.
        help: String,
    },
    /// The family has a label name twice.
    #[non_exhaustive]
    RepeatedLabel {
        /// The requested name.
        name: String,
        /// The label name.
        label: &'static str,
    },
    /// The name of a state set is not a valid label name, although it is the label name of its states.
    #[non_exhaustive]
    StateSetName {
        /// The requested name.
        name: String,
    },
    /// An option has no effect on the instrument, such as `max_series` of a static label set.
    #[non_exhaustive]
    UnusedOption {
        /// The requested name.
        name: String,
        /// The name of the option.
        option: &'static str,
    },
    /// The series of a static label set do not fit in the [cell space](crate::metric::set_cell_space).
    #[non_exhaustive]
    CellSpace {
        /// The requested name.
        name: String,
        /// The number of bytes that its series require.
        bytes: u64,
        /// The number of bytes available.
        available: u64,
    },
}

impl fmt::Display for MetricError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetricError::InvalidName { name } => write!(
                f,
                "invalid metric name `{name}`: it may contain only letters, digits, `_` and `:`, and must not start with a digit"
            ),
            MetricError::Kind { name, is, wanted } => {
                write!(f, "cannot use `{name}` as {wanted}: it exists as {is}; choose another name")
            }
            MetricError::Buckets { name } => {
                write!(
                    f,
                    "cannot create histogram `{name}`: it exists with other buckets; use the same buckets, or another name"
                )
            }
            MetricError::Declared { name, is, location } => {
                write!(
                    f,
                    "cannot register `{name}`: it is declared as {is} at {location}; use that item, or choose another name"
                )
            }
            MetricError::Taken { name, family } if name == family => {
                write!(f, "cannot register `{name}`: it exists already; choose another name, or deregister it first")
            }
            MetricError::Help { name, help } => {
                write!(
                    f,
                    "cannot register `{name}`: it exists with the help {help:?}; use the same help, or another name"
                )
            }
            MetricError::RepeatedLabel { name, label } => {
                write!(f, "cannot register `{name}`: duplicate label `{label}`; rename one with `#[label(rename)]`")
            }
            MetricError::StateSetName { name } => write!(
                f,
                "invalid state set name `{name}`: it is also the label name of the states, which must not contain `:` or start \
                 with `__`; choose another name"
            ),
            MetricError::UnusedOption { name, option } => write!(
                f,
                "option `{option}` of `{name}` has no effect: its label set is static, so all its series exist from the start; \
                 remove the option"
            ),
            MetricError::CellSpace { name, bytes, available } => write!(
                f,
                "cannot register `{name}`: its static label set requires {bytes} bytes of cell space, but {available} are \
                 available; give its labels fewer values, make one of them a string, or raise the cell space"
            ),
            MetricError::Taken { name, family } => {
                write!(
                    f,
                    "cannot register `{name}`: it has a sample name in common with `{family}`; choose another name"
                )
            }
        }
    }
}

impl std::error::Error for MetricError {}
