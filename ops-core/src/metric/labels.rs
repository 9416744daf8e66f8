//! What tells the series of one family apart: sets of labels, and the values of one.

use super::key::{Key, KeyPart};
use super::label_writer::{LabelWriter, ValueWriter};

/// A set of labels: derive it on a struct, one field a label.
///
/// Where every field has a known set of values the set is *closed*: all its series are there from the start, at 0.
///
/// ```
/// # extern crate ops_core as ops;
/// #[derive(ops::Labels)]
/// struct Request<'a> {
///     method: Method,
///     route: &'a str,
/// }
///
/// #[derive(ops::LabelValue, Clone, Copy)]
/// enum Method {
///     Get,
///     Post,
/// }
///
/// static REQUESTS: ops::Counter<Request<'static>> = ops::Counter::new();
/// let route = String::from("/orders");
/// REQUESTS.with(&Request { method: Method::Get, route: &route }).inc();
/// assert_eq!(REQUESTS.with(&Request { method: Method::Get, route: "/orders" }).value(), 1);
/// # let _ = Method::Post;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of labels",
    label = "expected `()`, a struct with `#[derive(ops::Labels)]` or an enum with `#[derive(ops::LabelValue)]`"
)]
pub trait Labels {
    /// The same labels with values that live for `'a`, so that a static takes borrowed strings.
    type Of<'a>: Labels
    where
        Self: 'a;

    /// Appends the names of the labels, in the order in which they are written.
    fn names(to: &mut Vec<&'static str>);

    /// How many sets of values there are, if the set is closed.
    fn combinations() -> Option<usize>;

    /// Which of the [`combinations`](Labels::combinations) this is, from 0; the first label counts most.
    fn index(&self) -> usize;

    /// Writes each label.
    fn write(&self, to: &mut LabelWriter<'_>);

    /// Writes each label of the combination number `n`.
    fn write_nth(n: usize, to: &mut LabelWriter<'_>);

    /// Hands each label to `key`, by which a series is looked up; whether it took them all.
    #[doc(hidden)]
    fn key(&self, key: &mut impl Key) -> bool
    where
        Self: Sized,
    {
        let mut writer = LabelWriter::to_key(key);
        self.write(&mut writer);
        writer.took_all()
    }
}

/// The value of a label: derive it on an enum without fields, whose variants are then a closed set of values.
///
/// Strings, integers and characters are open sets, `bool` is a closed one; `None` leaves the label out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the value of a label",
    label = "expected a string, an integer, a `bool` or an enum with `#[derive(ops::LabelValue)]`"
)]
pub trait LabelValue {
    /// Writes the value.
    fn write(&self, to: &mut ValueWriter<'_>);

    /// Which of the [`values`](LabelValue::values) this is, from 0.
    fn index(&self) -> usize {
        0
    }

    /// How many values there are, if the set is closed.
    fn values() -> Option<usize>
    where
        Self: Sized,
    {
        None
    }

    /// Writes the value number `n` of a closed set.
    fn write_nth(n: usize, to: &mut ValueWriter<'_>)
    where
        Self: Sized,
    {
        let _ = (n, to);
    }

    /// The value without its type.
    #[doc(hidden)]
    #[inline]
    fn erased(&self) -> &dyn LabelValue
    where
        Self: Sized,
    {
        self
    }

    /// What a series is looked up by; the same for the same text.
    #[doc(hidden)]
    #[inline]
    fn key(&self) -> KeyPart<'_> {
        KeyPart::Written
    }
}

impl Labels for () {
    type Of<'a> = ();

    fn names(_to: &mut Vec<&'static str>) {}

    fn combinations() -> Option<usize> {
        Some(1)
    }

    fn index(&self) -> usize {
        0
    }

    fn write(&self, _to: &mut LabelWriter<'_>) {}

    fn write_nth(_n: usize, _to: &mut LabelWriter<'_>) {}

    fn key(&self, _key: &mut impl Key) -> bool {
        true
    }
}
