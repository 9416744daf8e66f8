//! How a call ended, by the value that it returned.
//!
//! An expansion cannot see through an alias of `Result`, so the value decides: `(&&&&&&Returned(&value)).inspect()` takes the
//! first of six implementations that the type of the value has, as method look-up removes one `&` after the other.

use crate::metric::{CallOutcome, ToCallOutcome};
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

/// A value that says so itself.
impl<'a, T: ToCallOutcome> Inspect<'a> for &&&&&Returned<'a, T> {
    #[inline]
    fn inspect(&self) -> Seen<'a> {
        Seen { outcome: self.0.to_call_outcome(), error: None }
    }
}

/// A `Result` whose error says so itself, and can be shown.
impl<'a, T, E: ToCallOutcome + Display> Inspect<'a> for &&&&Returned<'a, Result<T, E>> {
    #[inline]
    fn inspect(&self) -> Seen<'a> {
        match self.0 {
            Ok(_) => Seen::OK,
            Err(error) => Seen { outcome: error.to_call_outcome(), error: Some(error) },
        }
    }
}

/// A `Result` whose error says so itself.
impl<'a, T, E: ToCallOutcome> Inspect<'a> for &&&Returned<'a, Result<T, E>> {
    #[inline]
    fn inspect(&self) -> Seen<'a> {
        match self.0 {
            Ok(_) => Seen::OK,
            Err(error) => Seen { outcome: error.to_call_outcome(), error: None },
        }
    }
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

    /// What `error_if` and `ok_if` make of it: an error if `is_error`, and otherwise well, whatever the value is.
    #[inline]
    #[must_use]
    pub fn decided(self, is_error: bool) -> Self {
        if is_error { Seen { outcome: CallOutcome::Error, ..self } } else { Seen::OK }
    }

    /// What `none = "error"` makes of it: an error if there `is_none`.
    #[inline]
    #[must_use]
    pub fn or_error(self, is_none: bool) -> Self {
        if is_none { self.decided(true) } else { self }
    }
}

/// What `none = "error"` looks at.
#[diagnostic::on_unimplemented(
    message = "`none` is for a function that returns an `Option`, and this one returns `{Self}`",
    label = "`none` needs an `Option`",
    note = "`error_if = path` says of any value whether it is an error"
)]
pub trait MaybeNone {
    /// Whether it is `None`.
    fn is_none(&self) -> bool;
}

impl<T> MaybeNone for Option<T> {
    #[inline]
    fn is_none(&self) -> bool {
        self.is_none()
    }
}

/// Whether `value`, which is an `Option`, is `None`.
#[inline]
pub fn is_none<T: MaybeNone>(value: &T) -> bool {
    value.is_none()
}

/// Whether a value is `None`, where the methods of an `impl` block return all kinds of values: `(&Returned(&value))`
/// takes the implementation for an `Option` if it is one.
pub trait IsNone {
    /// Whether it is `None`.
    fn is_none(&self) -> bool;
}

impl<T> IsNone for Returned<'_, Option<T>> {
    #[inline]
    fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

impl<T> IsNone for &Returned<'_, T> {
    #[inline]
    fn is_none(&self) -> bool {
        false
    }
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
#[expect(clippy::needless_borrow, reason = "as an expansion is: the compiler chooses how many it takes")]
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
        assert_eq!(shown((&&&&&&Returned(&returned)).inspect()), (CallOutcome::Error, Some("declined".to_owned())));
        let returned: Alias = Ok(1);
        assert_eq!(shown((&&&&&&Returned(&returned)).inspect()), (CallOutcome::Ok, None));
    }

    #[test]
    fn an_error_that_cannot_be_shown_is_an_error() {
        let returned = Err::<u8, _>(Silent);
        assert_eq!(shown((&&&&&&Returned(&returned)).inspect()), (CallOutcome::Error, None));
    }

    #[test]
    fn a_value_or_an_error_may_say_so_itself() {
        struct Missing;
        impl ToCallOutcome for Missing {
            fn to_call_outcome(&self) -> CallOutcome {
                CallOutcome::Ok
            }
        }
        assert_eq!(shown((&&&&&&Returned(&CallOutcome::Error)).inspect()), (CallOutcome::Error, None));
        let returned = Err::<u8, _>(Missing);
        assert_eq!(shown((&&&&&&Returned(&returned)).inspect()), (CallOutcome::Ok, None));
    }

    #[test]
    fn a_predicate_decides_alone_and_none_only_adds_an_error() {
        let returned: Alias = Err("declined".to_owned());
        let seen = (&&&&&&Returned(&returned)).inspect();
        assert_eq!(shown(seen.decided(true)), (CallOutcome::Error, Some("declined".to_owned())));
        assert_eq!(shown(seen.decided(false)), (CallOutcome::Ok, None));
        assert_eq!(shown(seen.or_error((&Returned(&returned)).is_none())), shown(seen));
        let returned = None::<u8>;
        let seen = (&&&&&&Returned(&returned)).inspect();
        assert_eq!(shown(seen.or_error((&Returned(&returned)).is_none())), (CallOutcome::Error, None));
        assert!(is_none(&returned));
    }

    #[test]
    fn any_other_value_is_ok() {
        assert_eq!(shown((&&&&&&Returned(&None::<u8>)).inspect()), (CallOutcome::Ok, None));
        assert_eq!(shown((&&&&&&Returned(&Silent)).inspect()), (CallOutcome::Ok, None));
    }
}
