//! Conflicts between the metrics declared in a program, and other invalid declarations.

use crate::descriptor::{Location, MetricKind};
use std::fmt;

/// All conflicts between the metrics linked into the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryError {
    conflicts: Vec<Conflict>,
}

/// A metric declaration that cannot be served, with its source locations.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// Two items declare the same family.
    #[non_exhaustive]
    Duplicate {
        /// The name of the family.
        name: String,
        /// The location of the first declaration.
        first: Location,
        /// The location of the second declaration.
        second: Location,
    },
    /// Two items declare the same family with different kinds.
    #[non_exhaustive]
    Kind {
        /// The name of the family.
        name: String,
        /// The kind and location of the first declaration.
        first: (MetricKind, Location),
        /// The kind and location of the second declaration.
        second: (MetricKind, Location),
    },
    /// Two items declare the same family with different labels.
    #[non_exhaustive]
    Labels {
        /// The name of the family.
        name: String,
        /// The label names and location of the first declaration.
        first: (Vec<&'static str>, Location),
        /// The label names and location of the second declaration.
        second: (Vec<&'static str>, Location),
    },
    /// Two families have samples of the same name, such as the histogram `x` and the gauge `x_count`.
    #[non_exhaustive]
    Sample {
        /// The sample name.
        name: String,
        /// The name and location of the first family.
        first: (String, Location),
        /// The name and location of the second family.
        second: (String, Location),
    },
    /// A family has a label name twice.
    #[non_exhaustive]
    RepeatedLabel {
        /// The name of the family.
        name: String,
        /// The label name.
        label: &'static str,
        /// The location of the declaration.
        location: Location,
    },
    /// The name of a state set is not a valid label name, although it is the label name of its states.
    #[non_exhaustive]
    StateSetName {
        /// The name of the family.
        name: String,
        /// The location of the declaration.
        location: Location,
    },
    /// An option has no effect on the declared item, such as `max_series` of a static label set.
    #[non_exhaustive]
    UnusedOption {
        /// The name of the family.
        name: String,
        /// The name of the option.
        option: &'static str,
        /// The location of the declaration.
        location: Location,
    },
    /// The series of a static label set do not fit in the [cell space](crate::metric::set_cell_space).
    #[non_exhaustive]
    CellSpace {
        /// The name of the family.
        name: String,
        /// The number of bytes that its series require.
        bytes: u64,
        /// The number of bytes available.
        available: u64,
        /// The location of the declaration.
        location: Location,
    },
}

impl RegistryError {
    pub(super) fn new(conflicts: Vec<Conflict>) -> Self {
        RegistryError { conflicts }
    }

    /// Returns the conflicts, ordered by metric name; those of sample names come last.
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
                write!(
                    f,
                    "duplicate metric `{name}`: declared at {first} and at {second}; rename one with `name = \"..\"`"
                )
            }
            Conflict::Kind { name, first: (kind, first), second: (other, second) } => write!(
                f,
                "duplicate metric `{name}`: declared as {kind} at {first} and as {other} at {second}; rename one with \
                 `name = \"..\"`"
            ),
            Conflict::Labels { name, first: (labels, first), second: (others, second) } => {
                let (labels, others) = (list(labels), list(others));
                write!(
                    f,
                    "duplicate metric `{name}`: declared with {labels} at {first} and with {others} at {second}; rename one \
                     with `name = \"..\"`"
                )
            }
            Conflict::Sample { name, first: (family, first), second: (other, second) } => write!(
                f,
                "conflicting metrics `{family}` at {first} and `{other}` at {second}: both have samples named `{name}`; rename \
                 one with `name = \"..\"`"
            ),
            Conflict::RepeatedLabel { name, label, location } => write!(
                f,
                "duplicate label `{label}` of `{name}` at {location}: label names must be unique; rename one with \
                 `#[label(rename)]`"
            ),
            Conflict::StateSetName { name, location } => write!(
                f,
                "invalid state set name `{name}` at {location}: it is also the label name of the states, which must not \
                 contain `:` or start with `__`; rename it with `name = \"..\"`"
            ),
            Conflict::UnusedOption { name, option, location } => write!(
                f,
                "option `{option}` of `{name}` at {location} has no effect: its label set is static, so all its series exist \
                 from the start; remove the option"
            ),
            Conflict::CellSpace { name, bytes, available, location } => write!(
                f,
                "cannot allocate the series of `{name}` at {location}: its static label set requires {bytes} bytes of cell \
                 space, but {available} are available; give its labels fewer values, make one of them a string, or raise the \
                 cell space"
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
