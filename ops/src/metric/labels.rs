//! What tells the series of one family apart, written as the text formats want it.

use super::look_up::{LabelHasher, LabelMatcher, cut};
use std::fmt::{self, Write};

/// The longest value of a label, in bytes; what is longer is cut, so that one caller cannot fill a scrape.
pub(crate) const MAX_VALUE: usize = 1024;

/// A set of labels: derive it on a struct, one field a label.
///
/// Where every field has a known set of values the set is *closed*: all its series are there from the start, at 0.
///
/// ```
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

    /// Hashes each label: the same way for the same labels.
    #[doc(hidden)]
    fn hash_labels(&self, to: &mut LabelHasher) {
        self.write(&mut LabelWriter { sink: Sink::Hash(to) });
    }

    /// Compares each label with the text of a series.
    #[doc(hidden)]
    fn match_labels(&self, to: &mut LabelMatcher<'_>) {
        let (text, met) = to.parts();
        self.write(&mut LabelWriter { sink: Sink::Match(text, met) });
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

    /// Hashes the value, the same way for the same text; whether there is one.
    #[doc(hidden)]
    fn hash_value(&self, to: &mut LabelHasher) -> bool {
        write_value(Sink::Hash(to), |to| self.write(to))
    }

    /// Compares the value with what follows in the text of a series; whether there is one.
    #[doc(hidden)]
    fn match_value(&self, to: &mut LabelMatcher<'_>) -> bool {
        let (text, met) = to.parts();
        write_value(Sink::Match(text, met), |to| self.write(to))
    }
}

/// Takes the labels of one series: writes them as `name="value",…`, hashes them, or compares them with such a text.
#[derive(Debug)]
pub struct LabelWriter<'a> {
    sink: Sink<'a>,
}

/// What becomes of the labels.
#[derive(Debug)]
enum Sink<'a> {
    Text(&'a mut String),
    Hash(&'a mut LabelHasher),
    /// The text, and how much of it was met.
    Match(&'a [u8], &'a mut usize),
}

impl<'a> LabelWriter<'a> {
    /// Appends to `text`.
    pub fn new(text: &'a mut String) -> Self {
        LabelWriter { sink: Sink::Text(text) }
    }

    /// Writes one label, unless its value is absent.
    pub fn label<V: LabelValue + ?Sized>(&mut self, name: &str, value: &V) {
        self.label_with(name, |to| value.write(to));
    }

    /// Writes one label with the value number `n` of a closed set.
    pub fn label_nth<V: LabelValue>(&mut self, name: &str, n: usize) {
        self.label_with(name, |to| V::write_nth(n, to));
    }

    /// Writes one label, whose value `write` writes.
    #[doc(hidden)]
    pub fn label_with(&mut self, name: &str, write: impl FnOnce(&mut ValueWriter<'_>)) {
        match &mut self.sink {
            Sink::Text(text) => write_text(text, name, write),
            Sink::Hash(hasher) => hasher.label_with(name, |to| write_value(Sink::Hash(to), write)),
            Sink::Match(text, met) => LabelMatcher::going_on(text, met, |to| {
                to.label_with(name, |to| {
                    let (text, met) = to.parts();
                    write_value(Sink::Match(text, met), write)
                });
            }),
        }
    }
}

/// Appends `name="value"`, unless the value is absent.
fn write_text(text: &mut String, name: &str, write: impl FnOnce(&mut ValueWriter<'_>)) {
    let before = text.len();
    if before > 0 {
        text.push(',');
    }
    text.push_str(name);
    text.push_str("=\"");
    if write_value(Sink::Text(text), write) {
        text.push('"');
    } else {
        text.truncate(before);
    }
}

/// Writes one value; whether there was one.
#[inline]
fn write_value(sink: Sink<'_>, write: impl FnOnce(&mut ValueWriter<'_>)) -> bool {
    let mut value = ValueWriter { sink, room: MAX_VALUE, absent: false };
    write(&mut value);
    !value.absent
}

/// Writes the value of one label, escaping what the text formats escape: `\`, `"` and the end of a line.
///
/// Takes 1,024 bytes; what follows is dropped.
#[derive(Debug)]
pub struct ValueWriter<'a> {
    sink: Sink<'a>,
    room: usize,
    absent: bool,
}

impl ValueWriter<'_> {
    /// Appends `text` to the value.
    #[inline]
    pub fn push_str(&mut self, text: &str) {
        let text = if text.len() <= self.room { text } else { &text[..text.floor_char_boundary(self.room)] };
        self.room -= text.len();
        match &mut self.sink {
            Sink::Text(to) => escape(text, |part| to.push_str(part)),
            Sink::Hash(hasher) => hasher.write_bytes(text.as_bytes()),
            Sink::Match(whole, met) => LabelMatcher::going_on(whole, met, |to| to.meet_escaped(text)),
        }
    }

    /// Leaves the label out.
    pub fn absent(&mut self) {
        self.absent = true;
    }
}

/// Hands over `text` in parts, escaped.
#[inline]
pub(super) fn escape(text: &str, mut part: impl FnMut(&str)) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'\\' => "\\\\",
            b'"' => "\\\"",
            b'\n' => "\\n",
            _ => continue,
        };
        part(&text[from..at]);
        part(escaped);
        from = at + 1;
    }
    part(&text[from..]);
}

impl Write for ValueWriter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

/// The names of the labels of a series and their values, still escaped.
pub(crate) fn label_pairs(labels: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = labels;
    std::iter::from_fn(move || {
        let (name, value) = rest.trim_start_matches(',').split_once("=\"")?;
        let mut escaped = false;
        let end = value.find(|char| {
            let ends = char == '"' && !escaped;
            escaped = char == '\\' && !escaped;
            ends
        })?;
        rest = &value[end + 1..];
        Some((name, &value[..end]))
    })
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
}

impl LabelValue for str {
    #[inline]
    fn write(&self, to: &mut ValueWriter<'_>) {
        to.push_str(self);
    }

    #[inline]
    fn hash_value(&self, to: &mut LabelHasher) -> bool {
        to.write_bytes(cut(self).as_bytes());
        true
    }

    #[inline]
    fn match_value(&self, to: &mut LabelMatcher<'_>) -> bool {
        to.meet_escaped(cut(self));
        true
    }
}

impl LabelValue for String {
    fn write(&self, to: &mut ValueWriter<'_>) {
        to.push_str(self);
    }

    #[inline]
    fn hash_value(&self, to: &mut LabelHasher) -> bool {
        to.write_bytes(cut(self).as_bytes());
        true
    }

    #[inline]
    fn match_value(&self, to: &mut LabelMatcher<'_>) -> bool {
        to.meet_escaped(cut(self));
        true
    }
}

impl LabelValue for char {
    fn write(&self, to: &mut ValueWriter<'_>) {
        to.push_str(self.encode_utf8(&mut [0; 4]));
    }
}

impl LabelValue for bool {
    fn write(&self, to: &mut ValueWriter<'_>) {
        to.push_str(if *self { "true" } else { "false" });
    }

    fn index(&self) -> usize {
        usize::from(*self)
    }

    fn values() -> Option<usize> {
        Some(2)
    }

    fn write_nth(n: usize, to: &mut ValueWriter<'_>) {
        (n == 1).write(to);
    }
}

macro_rules! integers {
    ($($integer:ty),* $(,)?) => {$(
        impl LabelValue for $integer {
            fn write(&self, to: &mut ValueWriter<'_>) {
                to.push_str(itoa::Buffer::new().format(*self));
            }

            #[inline]
            fn hash_value(&self, to: &mut LabelHasher) -> bool {
                to.write_integer(*self as u64);
                true
            }

            #[inline]
            fn match_value(&self, to: &mut LabelMatcher<'_>) -> bool {
                to.meet_digits(itoa::Buffer::new().format(*self));
                true
            }
        }
    )*};
}

integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl<V: LabelValue + ?Sized> LabelValue for &V {
    fn write(&self, to: &mut ValueWriter<'_>) {
        V::write(self, to);
    }

    fn index(&self) -> usize {
        V::index(self)
    }

    #[inline]
    fn hash_value(&self, to: &mut LabelHasher) -> bool {
        V::hash_value(self, to)
    }

    #[inline]
    fn match_value(&self, to: &mut LabelMatcher<'_>) -> bool {
        V::match_value(self, to)
    }
}

impl<V: LabelValue> LabelValue for Option<V> {
    fn write(&self, to: &mut ValueWriter<'_>) {
        match self {
            Some(value) => value.write(to),
            None => to.absent(),
        }
    }

    fn index(&self) -> usize {
        self.as_ref().map_or(0, |value| 1 + value.index())
    }

    fn values() -> Option<usize> {
        V::values().map(|values| 1 + values)
    }

    fn write_nth(n: usize, to: &mut ValueWriter<'_>) {
        match n.checked_sub(1) {
            Some(n) => V::write_nth(n, to),
            None => to.absent(),
        }
    }

    #[inline]
    fn hash_value(&self, to: &mut LabelHasher) -> bool {
        self.as_ref().is_some_and(|value| value.hash_value(to))
    }

    #[inline]
    fn match_value(&self, to: &mut LabelMatcher<'_>) -> bool {
        self.as_ref().is_some_and(|value| value.match_value(to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut LabelWriter<'_>)) -> String {
        let mut text = String::new();
        write(&mut LabelWriter::new(&mut text));
        text
    }

    #[test]
    fn values_are_escaped() {
        let written = text(|to| to.label("path", &"C:\\a \"b\"\nc"));
        assert_eq!(written, r#"path="C:\\a \"b\"\nc""#);
    }

    #[test]
    fn an_absent_value_leaves_its_label_out() {
        let written = text(|to| {
            to.label("a", &1_u16);
            to.label("b", &None::<bool>);
            to.label("c", &Some(true));
        });
        assert_eq!(written, r#"a="1",c="true""#);
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let written = text(|to| to.label("a", &"é".repeat(MAX_VALUE)));
        assert_eq!(written, format!("a=\"{}\"", "é".repeat(MAX_VALUE / 2)));
    }

    #[test]
    fn the_values_of_a_closed_option_are_none_and_then_its_own() {
        let all = (0..Option::<bool>::values().unwrap()).map(|n| text(|to| to.label_nth::<Option<bool>>("a", n)));
        assert_eq!(all.collect::<Vec<_>>(), ["", r#"a="false""#, r#"a="true""#]);
        assert_eq!([None, Some(false), Some(true)].map(|value| value.index()), [0, 1, 2]);
    }

    #[test]
    fn the_labels_of_a_series_are_told_apart() {
        let pairs = label_pairs(r#"a="x,y=\"z\"",b="\\",c="""#);
        assert_eq!(pairs.collect::<Vec<_>>(), [("a", r#"x,y=\"z\""#), ("b", r"\\"), ("c", "")]);
    }
}
