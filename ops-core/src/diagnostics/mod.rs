//! Diagnostics: what the library has to tell the operator, handed to hooks instead of a logging crate.
//!
//! `ops` has a hook that writes to `tracing`. A program that uses this crate alone declares its own with
//! [`diagnostics_hook!`](crate::diagnostics_hook).

use crate::descriptor::Location;
use std::fmt;

/// An event that an operator should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Diagnostic {
    /// A family has reached its series limit; further series are counted in its overflow series.
    #[non_exhaustive]
    SeriesLimit {
        /// The name of the family.
        family: String,
        /// The label with the most values.
        label: String,
        /// The number of values of that label.
        values: usize,
    },
    /// There is no [cell space](crate::metric::set_cell_space) for further series of a family; they are counted in its overflow
    /// series.
    #[non_exhaustive]
    CellSpace {
        /// The name of the family.
        family: String,
        /// The label with the most values.
        label: String,
        /// The number of values of that label.
        values: usize,
    },
    /// Two series of a family have the same labels and cannot be merged; the second one is dropped.
    #[non_exhaustive]
    DuplicateSeries {
        /// The name of the family.
        family: String,
        /// The labels of both series, as `name="value",…`.
        labels: String,
        /// The source locations of the family, as far as they are known.
        location: Option<Location>,
    },
    /// Two functions without a metric name of their own have the same path; their calls are added up.
    #[non_exhaustive]
    DuplicateFunction {
        /// The path of the function, as `Cart::total`.
        function: String,
        /// The module of both.
        module: String,
        /// The source location of the first one.
        first: Location,
        /// The source location of the second one.
        second: Location,
    },
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Diagnostic::SeriesLimit { family, label, values } => write!(
                f,
                "`{family}` has reached its series limit, and `{label}` has {values} values: further series are counted \
                 together as `ops_overflow`; give the label fewer values, or the metric a higher `max_series`"
            ),
            Diagnostic::CellSpace { family, label, values } => write!(
                f,
                "`{family}` has found no cell space, and `{label}` has {values} values: further series are counted together as \
                 `ops_overflow`; give the label fewer values, lower `max_series` of the largest families, or raise the cell space"
            ),
            Diagnostic::DuplicateSeries { family, labels, location } => {
                write!(f, "cannot expose `{family}{{{labels}}}` twice")?;
                if let Some(location) = location {
                    write!(f, ", declared at {location}")?;
                }
                f.write_str(
                    ": its values cannot be added up, so the second one is dropped; give each a label of its own",
                )
            }
            Diagnostic::DuplicateFunction { function, module, first, second } => write!(
                f,
                "cannot tell apart the calls of `{function}` in `{module}` at {first} and at {second}: both have the same path, \
                 so they are added up; give each a name with `#[metric(name = \"..\")]`"
            ),
        }
    }
}

/// A function that takes diagnostics, registered by [`diagnostics_hook!`](crate::diagnostics_hook).
///
/// It is called on whichever thread notices the event, never on the path of a measurement and never under a lock.
#[derive(Clone, Copy, Debug)]
pub struct Hook(fn(&Diagnostic));

impl Hook {
    /// Makes a hook of `function`.
    pub const fn new(function: fn(&Diagnostic)) -> Self {
        Hook(function)
    }
}

inventory::collect!(Hook);

/// Registers a function as a hook for [diagnostics](crate::diagnostics), at link time.
///
/// ```standalone_crate
/// # extern crate ops_core as ops;
/// use ops::diagnostics::Diagnostic;
///
/// fn print(diagnostic: &Diagnostic) {
///     eprintln!("{diagnostic}");
/// }
///
/// ops::diagnostics_hook!(print);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! diagnostics_hook {
    ($function:path $(,)?) => {
        $crate::__private::inventory::submit! {
            $crate::diagnostics::Hook::new($function)
        }
    };
}

/// Hands `diagnostic` to every hook.
pub(crate) fn report(diagnostic: &Diagnostic) {
    for Hook(hook) in inventory::iter::<Hook> {
        hook(diagnostic);
    }
}
