//! How a call ended, by the value that it returned.
//!
//! An expansion cannot see through an alias of `Result`, so the value decides: in `(&returned(&value)).__ops_outcome()` method
//! look-up prefers, in this order,
//!
//! 1. the methods of [`Returned`]: the value says so itself, or is a `Result` both sides of which do,
//! 2. [`Inspect`] for `Returned`: a `Result` whose value does,
//! 3. `Inspect` for `&Returned`: a `Result` whose error does,
//! 4. the methods of [`Fallback`], to which `Returned` dereferences: any other `Result`,
//! 5. `Inspect` for `Fallback`: anything else.
//!
//! Each step costs the compiler time in every annotated function, so there are no more of them.
//!
//! Method look-up also considers every trait in scope where the attribute stands, and a trait may be implemented for all
//! types. The methods that are looked up so therefore have names that no other trait has.

use crate::metric::{CallOutcome, LabelTexts, LabelValue, ToCallOutcome};
use std::fmt::{self, Debug, Display};
use std::ops::Deref;

/// What a function returned.
#[derive(Clone, Copy)]
pub struct Returned<'a, T>(Fallback<'a, T>);

/// A returned value whose type does not determine the outcome of the call.
#[derive(Clone, Copy)]
pub struct Fallback<'a, T>(&'a T);

/// Wraps the value that a function returned, so that methods are looked up by its type.
#[inline(always)]
pub const fn returned<T>(value: &T) -> Returned<'_, T> {
    Returned(Fallback(value))
}

impl<'a, T> Returned<'a, T> {
    #[inline(always)]
    const fn value(&self) -> &'a T {
        self.0.0
    }
}

impl<'a, T> Deref for Returned<'a, T> {
    type Target = Fallback<'a, T>;

    #[inline(always)]
    fn deref(&self) -> &Fallback<'a, T> {
        &self.0
    }
}

/// A value that says so itself.
impl<T: ToCallOutcome> Returned<'_, T> {
    /// Returns the outcome of the call.
    #[inline]
    pub fn __ops_outcome(&self) -> CallOutcome {
        self.value().to_call_outcome()
    }
}

/// A `Result` whose value and whose error say so themselves.
impl<T: ToCallOutcome, E: ToCallOutcome> Returned<'_, Result<T, E>> {
    /// Returns the outcome of the call.
    #[inline]
    pub fn __ops_outcome(&self) -> CallOutcome {
        match self.value() {
            Ok(value) => value.to_call_outcome(),
            Err(error) => error.to_call_outcome(),
        }
    }
}

/// A `Result` whose error can be shown.
impl<'a, T, E: Display> Returned<'a, Result<T, E>> {
    /// What went wrong.
    #[inline]
    pub fn __ops_error(&self) -> Option<&'a dyn Display> {
        match self.value() {
            Ok(_) => None,
            Err(error) => Some(error),
        }
    }
}

/// Looks at what a function returned.
pub trait Inspect<'a> {
    /// Returns the outcome of the call.
    fn __ops_outcome(&self) -> CallOutcome;

    /// What went wrong, where the value can say so.
    #[inline]
    fn __ops_error(&self) -> Option<&'a dyn Display> {
        None
    }
}

/// A `Result` whose value says so itself.
impl<'a, T: ToCallOutcome, E> Inspect<'a> for Returned<'a, Result<T, E>> {
    #[inline]
    fn __ops_outcome(&self) -> CallOutcome {
        self.value().as_ref().map_or(CallOutcome::Error, T::to_call_outcome)
    }
}

/// A `Result` whose error says so itself.
impl<'a, T, E: ToCallOutcome> Inspect<'a> for &Returned<'a, Result<T, E>> {
    #[inline]
    fn __ops_outcome(&self) -> CallOutcome {
        match self.value() {
            Ok(_) => CallOutcome::Ok,
            Err(error) => error.to_call_outcome(),
        }
    }
}

/// Any other `Result`.
impl<T, E> Fallback<'_, Result<T, E>> {
    /// Returns the outcome of the call.
    #[inline]
    pub fn __ops_outcome(&self) -> CallOutcome {
        error_if(self.0.is_err())
    }
}

/// Anything else: whatever it is, the function returned.
impl<'a, T> Inspect<'a> for Fallback<'a, T> {
    #[inline]
    fn __ops_outcome(&self) -> CallOutcome {
        CallOutcome::Ok
    }
}

/// The outcome of a call, its error, and its result labels.
pub struct Seen<'a> {
    pub(super) outcome: CallOutcome,
    pub(super) error: Option<&'a dyn Display>,
    pub(super) labels: Option<Box<LabelTexts>>,
}

/// Returns what was seen of a value.
#[inline]
pub fn seen(outcome: CallOutcome, error: Option<&dyn Display>) -> Seen<'_> {
    Seen { outcome, error, labels: None }
}

impl Seen<'_> {
    /// Adds the values of the labels in `result_labels`.
    #[must_use]
    pub fn labels(self, values: &[&dyn LabelValue]) -> Self {
        Seen { labels: Some(Box::new(LabelTexts::new(values))), ..self }
    }
}

/// Computes the value of a label from what a function returned.
///
/// It may borrow from that, which a closure that is called where it stands would not be found to do.
#[inline]
pub fn result_label<'a, T, V>(returned: &'a T, label: impl FnOnce(&'a T) -> V) -> V {
    label(returned)
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

/// Returns whether a value is `None`, where the methods of an `impl` block return all kinds of values: `(&returned(&value))`
/// takes the implementation for an `Option` if it is one.
pub trait IsNone {
    /// Whether it is `None`.
    fn __ops_is_none(&self) -> bool;
}

impl<T> IsNone for Returned<'_, Option<T>> {
    #[inline]
    fn __ops_is_none(&self) -> bool {
        self.value().is_none()
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

impl<T> Debug for Fallback<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fallback")
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
            let error = (&returned(&value)).__ops_error().map(|error| error.to_string());
            ((&returned(&value)).__ops_outcome(), error)
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
    fn value_in_a_result_says_so_itself() {
        struct Unshown;
        let failed = CallOutcome::Error;
        assert_eq!(seen!(Ok::<_, Silent>(failed)), (CallOutcome::Error, None));
        assert_eq!(seen!(Ok::<_, String>(failed)), (CallOutcome::Error, None));
        assert_eq!(seen!(Ok::<_, String>(CallOutcome::Ok)), (CallOutcome::Ok, None));
        assert_eq!(seen!(Err::<CallOutcome, _>(Unshown)), (CallOutcome::Error, None));
        assert_eq!(seen!(Err::<CallOutcome, _>("lost")), (CallOutcome::Error, Some("lost".to_owned())));
        assert_eq!(seen!(Ok::<_, Missing>(failed)), (CallOutcome::Error, None));
        assert_eq!(seen!(Err::<CallOutcome, _>(Missing)), (CallOutcome::Ok, Some("missing".to_owned())));
    }

    #[test]
    fn result_labels_may_borrow_from_the_value() {
        let order: Result<String, Silent> = Ok("web".to_owned());
        let channel = result_label(&order, |order| order.as_deref().ok());
        assert_eq!(channel, Some("web"));
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
        assert!((&returned(&none)).__ops_is_none());
        assert!(!(&returned(&some)).__ops_is_none() && !(&returned(&other)).__ops_is_none());
        assert_eq!(or_error_if(CallOutcome::Ok, true), CallOutcome::Error);
        assert_eq!(or_error_if(CallOutcome::Cancelled, false), CallOutcome::Cancelled);
    }
}
