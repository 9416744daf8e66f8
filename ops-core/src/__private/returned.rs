//! Determines the outcome of a call from its returned value.
//!
//! A macro expansion cannot resolve an alias of `Result`, so the type of the value decides, by autoref specialization: for
//! `(&returned(&value)).__ops_outcome()`, method lookup tries, in this order,
//!
//! 1. the methods of [`Returned`]: the value implements [`ToCallOutcome`], or is a `Result` with a value and an error that do,
//! 2. [`Inspect`] for `Returned`: a `Result` with a value that does,
//! 3. `Inspect` for `&Returned`: a `Result` with an error that does,
//! 4. the methods of [`Fallback`], the deref target of `Returned`: any other `Result`,
//! 5. `Inspect` for `Fallback`: anything else.
//!
//! Every step adds compile time to every annotated function, so keep their number low.
//!
//! Method lookup also considers every trait in scope at the attribute, including blanket implementations. The methods therefore
//! have names with the prefix `__ops_`, which do not collide with those of other traits.

use crate::metric::{CallOutcome, LabelTexts, LabelValue, ToCallOutcome};
use std::fmt::{self, Debug, Display};
use std::ops::Deref;

/// The returned value of a function.
#[derive(Clone, Copy)]
pub struct Returned<'a, T>(Fallback<'a, T>);

/// A returned value whose type does not implement [`ToCallOutcome`].
#[derive(Clone, Copy)]
pub struct Fallback<'a, T>(&'a T);

/// Wraps a returned value for method lookup by its type.
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

/// A value that implements [`ToCallOutcome`].
impl<T: ToCallOutcome> Returned<'_, T> {
    /// Returns the outcome of the call.
    #[inline]
    pub fn __ops_outcome(&self) -> CallOutcome {
        self.value().to_call_outcome()
    }
}

/// A `Result` whose value and error both implement [`ToCallOutcome`].
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

/// A `Result` whose error implements `Display`.
impl<'a, T, E: Display> Returned<'a, Result<T, E>> {
    /// Returns the error, if any.
    #[inline]
    pub fn __ops_error(&self) -> Option<&'a dyn Display> {
        match self.value() {
            Ok(_) => None,
            Err(error) => Some(error),
        }
    }
}

/// Inspects a returned value.
pub trait Inspect<'a> {
    /// Returns the outcome of the call.
    fn __ops_outcome(&self) -> CallOutcome;

    /// Returns the error, if any and if it implements `Display`.
    #[inline]
    fn __ops_error(&self) -> Option<&'a dyn Display> {
        None
    }
}

/// A `Result` whose value implements [`ToCallOutcome`].
impl<'a, T: ToCallOutcome, E> Inspect<'a> for Returned<'a, Result<T, E>> {
    #[inline]
    fn __ops_outcome(&self) -> CallOutcome {
        self.value().as_ref().map_or(CallOutcome::Error, T::to_call_outcome)
    }
}

/// A `Result` whose error implements [`ToCallOutcome`].
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

/// Any other value counts as `ok`, because the function returned.
impl<'a, T> Inspect<'a> for Fallback<'a, T> {
    #[inline]
    fn __ops_outcome(&self) -> CallOutcome {
        CallOutcome::Ok
    }
}

/// The outcome, error and result labels of a returned value.
pub struct Seen<'a> {
    pub(super) outcome: CallOutcome,
    pub(super) error: Option<&'a dyn Display>,
    pub(super) labels: Option<Box<LabelTexts>>,
}

/// Creates a [`Seen`] without result labels.
#[inline]
pub fn seen(outcome: CallOutcome, error: Option<&dyn Display>) -> Seen<'_> {
    Seen { outcome, error, labels: None }
}

impl Seen<'_> {
    /// Adds the values of `result_labels`.
    #[must_use]
    pub fn labels(self, values: &[&dyn LabelValue]) -> Self {
        Seen { labels: Some(Box::new(LabelTexts::new(values))), ..self }
    }
}

/// Computes the value of a result label from the returned value.
///
/// The label may borrow from the returned value. The compiler infers that for a closure in argument position, but not for one
/// that is called in place.
#[inline]
pub fn result_label<'a, T, V>(returned: &'a T, label: impl FnOnce(&'a T) -> V) -> V {
    label(returned)
}

/// Returns the outcome for the options `error_if` and `ok_if`.
#[inline]
pub const fn error_if(is_error: bool) -> CallOutcome {
    if is_error { CallOutcome::Error } else { CallOutcome::Ok }
}

/// Applies the option `none = "error"` to `outcome`.
#[inline]
pub const fn or_error_if(outcome: CallOutcome, is_none: bool) -> CallOutcome {
    if is_none { CallOutcome::Error } else { outcome }
}

/// A returned value to which the option `none = "error"` applies.
#[diagnostic::on_unimplemented(
    message = "`none` requires a function that returns an `Option`, but this one returns `{Self}`",
    label = "not an `Option`",
    note = "use `error_if = path` to classify values of any other type"
)]
pub trait MaybeNone {
    /// Returns `true` for `None`.
    fn is_none(&self) -> bool;
}

impl<T> MaybeNone for Option<T> {
    #[inline]
    fn is_none(&self) -> bool {
        self.is_none()
    }
}

/// Returns `true` if `value` is `None`.
#[inline]
pub fn is_none<T: MaybeNone>(value: &T) -> bool {
    value.is_none()
}

/// Detects `None` in returned values of any type, by autoref specialization.
///
/// Used for the options of an `impl` block, whose methods return values of different types: a value that is not an `Option` is
/// never `None`.
pub trait IsNone {
    /// Returns `true` for `None`.
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
#[expect(clippy::needless_borrow, reason = "autoref specialization, as in macro expansions")]
mod tests {
    use super::*;

    type Alias = Result<u8, String>;

    struct Silent;

    /// An error that implements `ToCallOutcome` and `Display`.
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

    /// Inspects `$value` like a macro expansion does.
    macro_rules! seen {
        ($value:expr) => {{
            let value = $value;
            let error = (&returned(&value)).__ops_error().map(|error| error.to_string());
            ((&returned(&value)).__ops_outcome(), error)
        }};
    }

    #[test]
    fn detects_results_behind_type_aliases() {
        let failed: Alias = Err("declined".to_owned());
        let succeeded: Alias = Ok(1);
        assert_eq!(seen!(failed), (CallOutcome::Error, Some("declined".to_owned())));
        assert_eq!(seen!(succeeded), (CallOutcome::Ok, None));
    }

    #[test]
    fn err_without_display_counts_as_error() {
        assert_eq!(seen!(Err::<u8, _>(Silent)), (CallOutcome::Error, None));
    }

    #[test]
    fn to_call_outcome_of_a_value_or_an_error_wins() {
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
    fn to_call_outcome_of_the_value_in_a_result_wins() {
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
    fn other_values_count_as_ok() {
        assert_eq!(seen!(None::<u8>), (CallOutcome::Ok, None));
        assert_eq!(seen!(Silent), (CallOutcome::Ok, None));
        assert_eq!(seen!(()), (CallOutcome::Ok, None));
    }

    #[test]
    fn none_counts_as_error_for_options_only() {
        let (some, none, other) = (Some(1), None::<u8>, Silent);
        assert!(is_none(&none) && !is_none(&some));
        assert!((&returned(&none)).__ops_is_none());
        assert!(!(&returned(&some)).__ops_is_none() && !(&returned(&other)).__ops_is_none());
        assert_eq!(or_error_if(CallOutcome::Ok, true), CallOutcome::Error);
        assert_eq!(or_error_if(CallOutcome::Cancelled, false), CallOutcome::Cancelled);
    }
}
