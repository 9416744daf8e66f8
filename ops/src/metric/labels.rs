//! What tells the series of one family apart, written as the text formats want it.

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
/// REQUESTS.with(&Request { method: Method::Get, route: "/orders" }).inc();
/// assert_eq!(REQUESTS.with(&Request { method: Method::Get, route: "/orders" }).value(), 1);
/// # let _ = Method::Post;
/// ```
pub trait Labels {
    /// Appends the names of the labels, in the order in which they are written.
    fn names(to: &mut Vec<&'static str>)
    where
        Self: Sized;

    /// How many sets of values there are, if the set is closed.
    fn combinations() -> Option<usize>
    where
        Self: Sized;

    /// Which of the [`combinations`](Labels::combinations) this is, from 0; the first label counts most.
    fn index(&self) -> usize;

    /// Writes each label.
    fn write(&self, to: &mut LabelWriter<'_>);

    /// Writes each label of the combination number `n`.
    fn write_nth(n: usize, to: &mut LabelWriter<'_>)
    where
        Self: Sized;
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
}

/// Collects the labels of one series as `name="value",…`, escaped.
#[derive(Debug)]
pub struct LabelWriter<'a> {
    text: &'a mut String,
}

impl<'a> LabelWriter<'a> {
    /// Appends to `text`.
    pub fn new(text: &'a mut String) -> Self {
        LabelWriter { text }
    }

    /// Writes one label, unless its value is absent.
    #[inline]
    pub fn label(&mut self, name: &str, value: &dyn LabelValue) {
        self.label_with(name, |to| value.write(to));
    }

    /// Writes one label with the value number `n` of a closed set.
    pub fn label_nth<V: LabelValue>(&mut self, name: &str, n: usize) {
        self.label_with(name, |to| V::write_nth(n, to));
    }

    fn label_with(&mut self, name: &str, write: impl FnOnce(&mut ValueWriter<'_>)) {
        let before = self.text.len();
        if before > 0 {
            self.text.push(',');
        }
        self.text.push_str(name);
        self.text.push_str("=\"");
        let mut value = ValueWriter { text: self.text, room: MAX_VALUE, absent: false };
        write(&mut value);
        if value.absent {
            self.text.truncate(before);
        } else {
            self.text.push('"');
        }
    }
}

/// Writes the value of one label, escaping what the text formats escape: `\`, `"` and the end of a line.
///
/// Takes 1,024 bytes; what follows is dropped.
#[derive(Debug)]
pub struct ValueWriter<'a> {
    text: &'a mut String,
    room: usize,
    absent: bool,
}

impl ValueWriter<'_> {
    /// Appends `text` to the value.
    pub fn push_str(&mut self, text: &str) {
        let text = &text[..text.floor_char_boundary(self.room)];
        self.room -= text.len();
        let mut rest = text;
        while let Some(at) = rest.find(['\\', '"', '\n']) {
            self.text.push_str(&rest[..at]);
            self.text.push_str(match rest.as_bytes()[at] {
                b'\\' => "\\\\",
                b'"' => "\\\"",
                _ => "\\n",
            });
            rest = &rest[at + 1..];
        }
        self.text.push_str(rest);
    }

    /// Leaves the label out.
    pub fn absent(&mut self) {
        self.absent = true;
    }
}

impl Write for ValueWriter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

impl Labels for () {
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
    fn write(&self, to: &mut ValueWriter<'_>) {
        to.push_str(self);
    }
}

impl LabelValue for String {
    fn write(&self, to: &mut ValueWriter<'_>) {
        to.push_str(self);
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
    ($($integer:ty)*) => {$(
        impl LabelValue for $integer {
            fn write(&self, to: &mut ValueWriter<'_>) {
                to.push_str(itoa::Buffer::new().format(*self));
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

impl<V: LabelValue + ?Sized> LabelValue for &V {
    fn write(&self, to: &mut ValueWriter<'_>) {
        V::write(self, to);
    }

    fn index(&self) -> usize {
        V::index(self)
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
}
