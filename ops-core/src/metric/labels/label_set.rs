//! Sets of labels, which tell the series of one family apart.

use super::key::Key;
use super::label_writer::LabelWriter;

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
    type Borrowed<'a>: Labels
    where
        Self: 'a;

    /// Appends the names of the labels, in the order in which they are written.
    fn names(to: &mut Vec<&'static str>);

    /// Returns the number of combinations of values, if the label set is static. By default it is dynamic.
    fn combinations() -> Option<usize> {
        None
    }

    /// Returns which of the [`combinations`](Labels::combinations) this is, from 0; the first label counts most. A dynamic label
    /// set is not asked.
    fn index(&self) -> usize {
        0
    }

    /// Writes each label.
    fn write(&self, to: &mut LabelWriter<'_>);

    /// Writes each label of the combination number `n`. A dynamic label set is not asked.
    fn write_nth(n: usize, to: &mut LabelWriter<'_>) {
        let _ = (n, to);
    }

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

impl Labels for () {
    type Borrowed<'a> = ();

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
