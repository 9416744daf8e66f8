//! How a call ended, by the value that it returned.
//!
//! An expansion cannot see through an alias of `Result`, so the value decides: in `(&Returned(&value)).__ops_outcome()` method
//! look-up takes the methods of `Returned` that the type of the value has, then those of [`Inspect`] for `Returned`, then
//! those for `&Returned`. Each step costs the compiler time in every annotated function, so there are no more of them.
//!
//! Method look-up also considers every trait in scope where the attribute stands, and a trait may be implemented for all
//! types. The methods that are looked up so therefore have names that no other trait has.

use crate::metric::{CallOutcome, ToCallOutcome};
use std::fmt::{self, Debug, Display};

/// What a function returned.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "expansions make it")]
pub struct Returned<'a, T>(pub &'a T);

/// A value that says so itself.
impl<T: ToCallOutcome> Returned<'_, T> {
    /// How the call ended.
    #[inline]
    pub fn __ops_outcome(&self) -> CallOutcome {
        self.0.to_call_outcome()
    }
}

/// A `Result` whose error says so itself.
impl<T, E: ToCallOutcome> Returned<'_, Result<T, E>> {
    /// How the call ended.
    #[inline]
    pub fn __ops_outcome(&self) -> CallOutcome {
        match self.0 {
            Ok(_) => CallOutcome::Ok,
            Err(error) => error.to_call_outcome(),
        }
    }
}

/// A `Result` whose error can be shown.
impl<'a, T, E: Display> Returned<'a, Result<T, E>> {
    /// What went wrong.
    #[inline]
    pub fn __ops_error(&self) -> Option<&'a dyn Display> {
        match self.0 {
            Ok(_) => None,
            Err(error) => Some(error),
        }
    }
}

/// Looks at what a function returned, where the value does not say itself.
pub trait Inspect<'a> {
    /// How the call ended.
    fn __ops_outcome(&self) -> CallOutcome;

    /// What went wrong, where the value can say so.
    #[inline]
    fn __ops_error(&self) -> Option<&'a dyn Display> {
        None
    }
}

/// Any other `Result`.
impl<'a, T, E> Inspect<'a> for Returned<'a, Result<T, E>> {
    #[inline]
    fn __ops_outcome(&self) -> CallOutcome {
        error_if(self.0.is_err())
    }
}

/// Anything else: whatever it is, the function returned.
impl<'a, T> Inspect<'a> for &Returned<'a, T> {
    #[inline]
    fn __ops_outcome(&self) -> CallOutcome {
        CallOutcome::Ok
    }
}

/// How a call ended, and what went wrong.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "expansions make it")]
pub struct Seen<'a> {
    /// How it ended.
    pub outcome: CallOutcome,
    /// What went wrong, where the error can say so.
    pub error: Option<&'a dyn Display>,
}

/// What `error_if` and `ok_if` make of a value, whatever it is.
#[inline]
pub const fn error_if(is_error: bool) -> CallOutcome {
    if is_error { CallOutcome::Error } else { CallOutcome::Ok }
}

/// What `none = "error"` makes of `outcome`.
#[inline]
pub const fn or_error_if(outcome: CallOutcome, is_none: bool) -> CallOutcome {
    if is_none { CallOutcome::Error } else { outcome }
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
    fn __ops_is_none(&self) -> bool;
}

impl<T> IsNone for Returned<'_, Option<T>> {
    #[inline]
    fn __ops_is_none(&self) -> bool {
        self.0.is_none()
    }
}

impl<T> IsNone for &Returned<'_, T> {
    #[inline]
    fn __ops_is_none(&self) -> bool {
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
#[expect(clippy::needless_borrow, reason = "as an expansion is: the compiler chooses whether it takes it")]
mod tests {
    use super::*;

    type Alias = Result<u8, String>;

    struct Silent;

    /// An error that says how the call ended, and that can be shown.
    #[derive(Debug)]
    struct Missing;

    impl ToCallOutcome for Missing {
        fn to_call_outcome(&self) -> CallOutcome {
            CallOutcome::Ok
        }
    }

    impl Display for Missing {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("missing")
        }
    }

    /// As an expansion looks at `$value`.
    macro_rules! seen {
        ($value:expr) => {{
            let value = $value;
            let error = (&Returned(&value)).__ops_error().map(|error| error.to_string());
            ((&Returned(&value)).__ops_outcome(), error)
        }};
    }

    #[test]
    fn a_result_is_ok_or_an_error_whatever_it_is_called() {
        let failed: Alias = Err("declined".to_owned());
        let went_well: Alias = Ok(1);
        assert_eq!(seen!(failed), (CallOutcome::Error, Some("declined".to_owned())));
        assert_eq!(seen!(went_well), (CallOutcome::Ok, None));
    }

    #[test]
    fn an_error_that_cannot_be_shown_is_an_error() {
        assert_eq!(seen!(Err::<u8, _>(Silent)), (CallOutcome::Error, None));
    }

    #[test]
    fn a_value_or_an_error_may_say_so_itself() {
        struct Unshown;
        impl ToCallOutcome for Unshown {
            fn to_call_outcome(&self) -> CallOutcome {
                CallOutcome::Cancelled
            }
        }
        assert_eq!(seen!(CallOutcome::Error), (CallOutcome::Error, None));
        assert_eq!(seen!(Err::<u8, _>(Missing)), (CallOutcome::Ok, Some("missing".to_owned())));
        assert_eq!(seen!(Err::<u8, _>(Unshown)), (CallOutcome::Cancelled, None));
        assert_eq!(seen!(Ok::<u8, Missing>(1)), (CallOutcome::Ok, None));
    }

    #[test]
    fn any_other_value_is_ok() {
        assert_eq!(seen!(None::<u8>), (CallOutcome::Ok, None));
        assert_eq!(seen!(Silent), (CallOutcome::Ok, None));
        assert_eq!(seen!(()), (CallOutcome::Ok, None));
    }

    #[test]
    fn none_adds_an_error_where_there_can_be_one() {
        let (some, none, other) = (Some(1), None::<u8>, Silent);
        assert!(is_none(&none) && !is_none(&some));
        assert!((&Returned(&none)).__ops_is_none());
        assert!(!(&Returned(&some)).__ops_is_none() && !(&Returned(&other)).__ops_is_none());
        assert_eq!(or_error_if(CallOutcome::Ok, true), CallOutcome::Error);
        assert_eq!(or_error_if(CallOutcome::Cancelled, false), CallOutcome::Cancelled);
    }
}
