//! How a call ended, by the value that it returned.
//!
//! An expansion cannot see through an alias of `Result`, so the value decides: `(&&&Returned(&value)).inspect()` takes the
//! first of three implementations that the type of the value has, as method look-up removes one `&` after the other.

use crate::metric::CallOutcome;
use std::fmt::{self, Debug, Display};

/// What a function returned.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "expansions make it")]
pub struct Returned<'a, T>(pub &'a T);

/// How a call ended.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Seen<'a> {
    /// Whether it was well.
    pub outcome: CallOutcome,
    /// What went wrong, where the error can say so.
    pub error: Option<&'a dyn Display>,
}

/// Looks at what a function returned.
pub trait Inspect<'a> {
    /// How the call ended.
    fn inspect(&self) -> Seen<'a>;
}

/// A `Result` whose error can be shown.
impl<'a, T, E: Display> Inspect<'a> for &&Returned<'a, Result<T, E>> {
    #[inline]
    fn inspect(&self) -> Seen<'a> {
        match self.0 {
            Ok(_) => Seen::OK,
            Err(error) => Seen { outcome: CallOutcome::Error, error: Some(error) },
        }
    }
}

/// Any other `Result`.
impl<'a, T, E> Inspect<'a> for &Returned<'a, Result<T, E>> {
    #[inline]
    fn inspect(&self) -> Seen<'a> {
        match self.0 {
            Ok(_) => Seen::OK,
            Err(_) => Seen { outcome: CallOutcome::Error, error: None },
        }
    }
}

/// Anything else: whatever it is, the function returned.
impl<'a, T> Inspect<'a> for Returned<'a, T> {
    #[inline]
    fn inspect(&self) -> Seen<'a> {
        Seen::OK
    }
}

impl Seen<'_> {
    const OK: Self = Seen { outcome: CallOutcome::Ok, error: None };
}

impl Debug for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl<T> Debug for Returned<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returned")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Alias = Result<u8, String>;

    struct Silent;

    fn shown(seen: Seen<'_>) -> (CallOutcome, Option<String>) {
        (seen.outcome, seen.error.map(|error| error.to_string()))
    }

    #[test]
    fn a_result_is_ok_or_an_error_whatever_it_is_called() {
        let returned: Alias = Err("declined".to_owned());
        assert_eq!(shown((&&&Returned(&returned)).inspect()), (CallOutcome::Error, Some("declined".to_owned())));
        let returned: Alias = Ok(1);
        assert_eq!(shown((&&&Returned(&returned)).inspect()), (CallOutcome::Ok, None));
    }

    #[test]
    fn an_error_that_cannot_be_shown_is_an_error() {
        let returned = Err::<u8, _>(Silent);
        assert_eq!(shown((&&&Returned(&returned)).inspect()), (CallOutcome::Error, None));
    }

    #[test]
    fn any_other_value_is_ok() {
        assert_eq!(shown((&&&Returned(&None::<u8>)).inspect()), (CallOutcome::Ok, None));
        assert_eq!(shown((&&&Returned(&Silent)).inspect()), (CallOutcome::Ok, None));
    }
}
