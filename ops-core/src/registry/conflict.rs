//! What the linked program declares and cannot work.

use crate::descriptor::{Location, MetricKind};
use std::fmt;

/// Every conflict of the metrics that are linked into the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryError {
    conflicts: Vec<Conflict>,
}

/// Two items of the program that cannot both be served, with both places in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// Two items claim one name.
    #[non_exhaustive]
    Duplicate {
        /// The name.
        name: String,
        /// One item.
        first: Location,
        /// The other.
        second: Location,
    },
    /// Two items claim one name and are of different kinds.
    #[non_exhaustive]
    Kind {
        /// The name.
        name: String,
        /// One item.
        first: (MetricKind, Location),
        /// The other.
        second: (MetricKind, Location),
    },
    /// Two items claim one name with different labels.
    #[non_exhaustive]
    Labels {
        /// The name.
        name: String,
        /// One item.
        first: (Vec<&'static str>, Location),
        /// The other.
        second: (Vec<&'static str>, Location),
    },
    /// Two families write samples of one name, as the histogram `x` and the gauge `x_count`.
    #[non_exhaustive]
    Sample {
        /// The name of the samples.
        name: String,
        /// One family, and where it is declared.
        first: (String, Location),
        /// The other.
        second: (String, Location),
    },
    /// A label set has one name twice.
    #[non_exhaustive]
    RepeatedLabel {
        /// The family.
        name: String,
        /// The label.
        label: &'static str,
        /// Where the family is declared.
        location: Location,
    },
    /// The name of a state set is no name of a label, which it is to be as well.
    #[non_exhaustive]
    StateSetName {
        /// The family.
        name: String,
        /// Where it is declared.
        location: Location,
    },
    /// An option of an item has no effect there, as `max_series` of a static label set.
    #[non_exhaustive]
    UnusedOption {
        /// The family.
        name: String,
        /// The option.
        option: &'static str,
        /// Where the family is declared.
        location: Location,
    },
    /// There is no [cell space](crate::metric::set_cell_space) for the series of a static label set, which exist from the start.
    #[non_exhaustive]
    CellSpace {
        /// The family.
        name: String,
        /// The bytes that its series take.
        bytes: u64,
        /// The bytes that are left for it.
        available: u64,
        /// Where the family is declared.
        location: Location,
    },
}

impl RegistryError {
    pub(super) fn new(conflicts: Vec<Conflict>) -> Self {
        RegistryError { conflicts }
    }

    /// The conflicts, by name.
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, conflict) in self.conflicts.iter().enumerate() {
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{conflict}")?;
        }
        Ok(())
    }
}

impl std::error::Error for RegistryError {}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Conflict::Duplicate { name, first, second } => {
                write!(f, "`{name}` is declared at {first} and again at {second}: rename one with `name = \"..\"`")
            }
            Conflict::Kind { name, first: (kind, first), second: (other, second) } => {
                write!(f, "`{name}` is a {kind} at {first} and a {other} at {second}: rename one with `name = \"..\"`")
            }
            Conflict::Labels { name, first: (labels, first), second: (others, second) } => {
                let (labels, others) = (list(labels), list(others));
                write!(f, "`{name}` has {labels} at {first} and {others} at {second}: rename one with `name = \"..\"`")
            }
            Conflict::Sample { name, first: (family, first), second: (other, second) } => write!(
                f,
                "`{family}` at {first} and `{other}` at {second} both have samples called `{name}`: rename one with \
                 `name = \"..\"`"
            ),
            Conflict::RepeatedLabel { name, label, location } => {
                write!(f, "`{name}` at {location} has the label `{label}` twice: rename one with `#[label(rename)]`")
            }
            Conflict::StateSetName { name, location } => write!(
                f,
                "`{name}` at {location} is also the name of the label of its states, which has no `:` and does not start \
                 with `__`: rename it with `name = \"..\"`"
            ),
            Conflict::UnusedOption { name, option, location } => write!(
                f,
                "`{option}` of `{name}` at {location} has no effect: its label set is static, so all its series exist \
                 from the start; remove the option"
            ),
            Conflict::CellSpace { name, bytes, available, location } => write!(
                f,
                "cannot hold the series of `{name}` at {location}: its static label set takes {bytes} bytes of cell space, and \
                 {available} are left; give its labels fewer values or make one of them a string, or raise the cell space"
            ),
        }
    }
}

fn list(labels: &[&str]) -> String {
    match labels {
        [] => "no labels".to_owned(),
        _ => format!("the labels `{}`", labels.join("`, `")),
    }
}
