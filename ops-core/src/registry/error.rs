//! Errors of creating and registering metric families at run time.

use crate::descriptor::{Location, MetricKind};
use std::fmt;

/// Reasons a metric family cannot be created or registered at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricError {
    /// The name is not a metric name.
    #[non_exhaustive]
    InvalidName {
        /// The rejected name.
        name: String,
    },
    /// The name is there already, as another kind.
    #[non_exhaustive]
    Kind {
        /// The name.
        name: String,
        /// What it is.
        is: MetricKind,
        /// The requested name.
        wanted: MetricKind,
    },
    /// The histogram exists with other buckets.
    #[non_exhaustive]
    Buckets {
        /// The name.
        name: String,
    },
    /// The name belongs to an annotated item of the program.
    #[non_exhaustive]
    Declared {
        /// The name.
        name: String,
        /// What it is.
        is: MetricKind,
        /// Where it is declared.
        location: Location,
    },
    /// A family that is there has samples of this name.
    #[non_exhaustive]
    Taken {
        /// The requested name.
        name: String,
        /// The family that is there.
        family: String,
    },
    /// Callbacks fill the family already, with another help text.
    #[non_exhaustive]
    Help {
        /// The requested name.
        name: String,
        /// The help text that it has.
        help: String,
    },
    /// A label set has one name twice.
    #[non_exhaustive]
    RepeatedLabel {
        /// The requested name.
        name: String,
        /// The label.
        label: &'static str,
    },
    /// The name of a state set is no name of a label, which it is to be as well.
    #[non_exhaustive]
    StateSetName {
        /// The requested name.
        name: String,
    },
    /// An option of the instrument has no effect, as `max_series` of a static label set.
    #[non_exhaustive]
    UnusedOption {
        /// The requested name.
        name: String,
        /// The option.
        option: &'static str,
    },
    /// There is no [cell space](crate::metric::set_cell_space) for the series of a static label set, which exist from the start.
    #[non_exhaustive]
    CellSpace {
        /// The requested name.
        name: String,
        /// The bytes that its series take.
        bytes: u64,
        /// The bytes that are left.
        available: u64,
    },
}

impl fmt::Display for MetricError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetricError::InvalidName { name } => write!(
                f,
                "`{name}` is not a metric name: use letters, digits, `_` and `:` only, and do not start with a digit"
            ),
            MetricError::Kind { name, is, wanted } => {
                write!(f, "`{name}` is a {is} already, not a {wanted}: choose another name")
            }
            MetricError::Buckets { name } => {
                write!(f, "`{name}` exists with other buckets: ask for it with the same ones, or choose another name")
            }
            MetricError::Declared { name, is, location } => {
                write!(f, "`{name}` is the {is} declared at {location}: use that item, or choose another name")
            }
            MetricError::Taken { name, family } if name == family => {
                write!(f, "`{name}` is there already: choose another name, or take the first one out")
            }
            MetricError::Help { name, help } => {
                write!(
                    f,
                    "cannot register `{name}`: it exists with the help {help:?}; use the same help, or another name"
                )
            }
            MetricError::RepeatedLabel { name, label } => {
                write!(f, "`{name}` has the label `{label}` twice: rename one with `#[label(rename)]`")
            }
            MetricError::StateSetName { name } => write!(
                f,
                "`{name}` is also the name of the label of its states, which has no `:` and does not start with `__`: \
                 choose another name"
            ),
            MetricError::UnusedOption { name, option } => write!(
                f,
                "`{option}` of `{name}` has no effect: its label set is static, so all its series exist from the start; \
                 remove the option"
            ),
            MetricError::CellSpace { name, bytes, available } => write!(
                f,
                "cannot register `{name}`: its static label set takes {bytes} bytes of cell space, and {available} are left; give \
                 its labels fewer values or make one of them a string, or raise the cell space"
            ),
            MetricError::Taken { name, family } => {
                write!(f, "`{name}` and `{family}`, which is there already, have samples of one name: choose another")
            }
        }
    }
}

impl std::error::Error for MetricError {}
