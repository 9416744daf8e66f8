//! States: values that are never left out of a scrape.

use super::label_value::LabelValue;

/// A state of a [`StateSet`](crate::StateSet): one of a known set of values, none of which is empty.
///
/// `#[derive(LabelValue)]` implements it for an enum, unless one of its values is `#[label("")]`.
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
    label = "expected `bool` or an enum with `#[derive(ops::LabelValue)]`, without a value `#[label(\"\")]`"
)]
pub trait State: LabelValue {}

impl State for bool {}
