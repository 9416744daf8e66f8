//! Diagnostics for operators, reported to hooks so that this crate depends on no logging crate.
//!
//! `ops` registers a hook that logs through `tracing`. A program that uses this crate alone registers its own with
//! [`diagnostics_hook!`](crate::diagnostics_hook).

use crate::descriptor::Location;
use std::fmt;

/// A problem to report to the operator.
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
    /// The [cell space](crate::metric::set_cell_space) is exhausted.
    ///
    /// Further series of the family are counted in its overflow series.
    #[non_exhaustive]
    CellSpace {
        /// The name of the family.
        family: String,
        /// The label with the most values.
        label: String,
        /// The number of values of that label.
        values: usize,
    },
    /// Two series of a family have the same labels and cannot be summed; the second one is dropped.
    #[non_exhaustive]
    DuplicateSeries {
        /// The name of the family.
        family: String,
        /// The labels of both series, as `name="value",…`.
        labels: String,
        /// The source location of the family, if known.
        location: Option<Location>,
    },
    /// Two functions that share the default metric families have the same path; their calls are summed.
    #[non_exhaustive]
    DuplicateFunction {
        /// The path of the function, such as `Cart::total`.
        function: String,
        /// The module path of both functions.
        module: String,
        /// The source location of the first function.
        first: Location,
        /// The source location of the second function.
        second: Location,
    },
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Diagnostic::SeriesLimit { family, label, values } => write!(
                f,
                "`{family}` has reached its series limit: label `{label}` has {values} values, so further series are counted \
                 in the series `ops_overflow`; give the label fewer values, or the metric a higher `max_series`"
            ),
            Diagnostic::CellSpace { family, label, values } => write!(
                f,
                "cell space exhausted for `{family}`: label `{label}` has {values} values, so further series are counted in the \
                 series `ops_overflow`; give the label fewer values, lower `max_series` of the largest families, or raise the \
                 cell space"
            ),
            Diagnostic::DuplicateSeries { family, labels, location } => {
                write!(f, "cannot expose `{family}{{{labels}}}` twice")?;
                if let Some(location) = location {
                    write!(f, ", declared at {location}")?;
                }
                f.write_str(
                    ": its values cannot be summed, so the second one is dropped; give each series distinct labels",
                )
            }
            Diagnostic::DuplicateFunction { function, module, first, second } => write!(
                f,
                "cannot distinguish calls of `{function}` in `{module}` at {first} and at {second}: both have the same path, so \
                 their calls are summed; name each with `#[metric(name = \"..\")]`"
            ),
        }
    }
}

/// A diagnostics callback, registered by [`diagnostics_hook!`](crate::diagnostics_hook).
///
/// It is called on the thread that detects the problem, never while a measurement is recorded and never under a lock.
#[derive(Clone, Copy, Debug)]
pub struct Hook(fn(&Diagnostic));

impl Hook {
    /// Creates a hook that calls `function`.
    pub const fn new(function: fn(&Diagnostic)) -> Self {
        Hook(function)
    }
}

inventory::collect!(Hook);

/// Registers a function as a [diagnostics](crate::diagnostics) hook at link time.
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

/// Calls every registered hook with `diagnostic`.
pub(crate) fn report(diagnostic: &Diagnostic) {
    for Hook(hook) in inventory::iter::<Hook> {
        hook(diagnostic);
    }
}
