//! Diagnostics: what the library has to tell the operator, handed to one hook instead of a logging crate.
//!
//! `ops` installs a hook that writes to `tracing`. A program that uses this crate alone may install its own.

use std::fmt;
use std::sync::OnceLock;

static HOOK: OnceLock<fn(&Diagnostic)> = OnceLock::new();

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
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Diagnostic::SeriesLimit { family, label, values } => write!(
                f,
                "`{family}` has reached its series limit, and `{label}` has {values} values: further series are counted \
                 together as `ops_overflow`; give the label fewer values, or the metric a higher `limit`"
            ),
        }
    }
}

/// Installs `hook` for the rest of the program. Returns `false` if a hook is installed already; that one stays.
///
/// The hook is called on whichever thread notices the event, never on the path of a measurement and never under a lock.
///
/// ```
/// # extern crate ops_core as ops;
/// ops::diagnostics::set_hook(|diagnostic| eprintln!("{diagnostic}"));
/// assert!(!ops::diagnostics::set_hook(|_| ()), "the first hook stays");
/// ```
pub fn set_hook(hook: fn(&Diagnostic)) -> bool {
    HOOK.set(hook).is_ok()
}

/// Hands `diagnostic` to the hook, if one is installed.
pub(crate) fn report(diagnostic: &Diagnostic) {
    if let Some(hook) = HOOK.get() {
        hook(diagnostic);
    }
}
