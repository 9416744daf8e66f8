//! States of state sets: label values that are never empty.

use super::label_value::LabelValue;

/// A state of a [`StateSet`](crate::StateSet): a label value from a fixed set without empty values.
///
/// `#[derive(LabelValue)]` implements it for an enum, unless a variant has `#[label("")]`.
///
/// ```
/// # extern crate ops_core as ops;
/// #[derive(ops::LabelValue, Clone, Copy)]
/// enum Mode {
///     Starting,
///     Serving,
/// }
///
/// fn assert_state<S: ops::metric::State>() {}
/// assert_state::<Mode>();
/// # let _ = (Mode::Starting, Mode::Serving);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a state",
    label = "expected `bool` or an enum with `#[derive(ops::LabelValue)]` and no empty value (`#[label(\"\")]`)"
)]
pub trait State: LabelValue {}

impl State for bool {}
