//! Label sets, which identify the series of a metric family.

use super::key::Key;
use super::label_writer::LabelWriter;

/// A label set. Derive it on a struct with one field per label.
///
/// If every field type has a fixed set of values, the label set is *static*: all its series exist from the start, at 0. Otherwise
/// it is *dynamic*: a series is created when its labels are first used.
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
    message = "`{Self}` is not a label set",
    label = "expected `()`, a struct with `#[derive(ops::Labels)]` or an enum with `#[derive(ops::LabelValue)]`"
)]
pub trait Labels {
    /// The same label set with values that live for `'a`.
    ///
    /// It allows a static instrument to accept borrowed strings.
    type Borrowed<'a>: Labels
    where
        Self: 'a;

    /// Appends the label names, in the order in which the labels are written.
    fn names(to: &mut Vec<&'static str>);

    /// Returns the number of label value combinations, or `None` for a dynamic label set (the default).
    fn combinations() -> Option<usize> {
        None
    }

    /// Returns the index of this combination, below [`combinations`](Labels::combinations).
    ///
    /// The first label is the most significant. Not called for a dynamic label set.
    fn index(&self) -> usize {
        0
    }

    /// Writes each label.
    fn write(&self, to: &mut LabelWriter<'_>);

    /// Writes each label of the combination with index `n`. Not called for a dynamic label set.
    fn write_nth(n: usize, to: &mut LabelWriter<'_>) {
        let _ = (n, to);
    }

    /// Passes each label to the lookup key `key`. Returns `true` if `key` consumed all of them.
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
