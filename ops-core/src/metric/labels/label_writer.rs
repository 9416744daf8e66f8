//! Writes labels as `name="value",…`, escaped and truncated, or into a lookup key.

use super::key::{self, Key, KeyPart};
use super::label_value::LabelValue;
use super::value_writer::ValueWriter;
use std::fmt;

/// A writer for the labels of one series.
pub struct LabelWriter<'a> {
    sink: Sink<'a>,
}

/// The destination of the labels.
enum Sink<'a> {
    Text(&'a mut String),
    /// A lookup key, and `true` while it has consumed every part.
    Key(&'a mut dyn Key, bool),
}

impl<'a> LabelWriter<'a> {
    /// Creates a writer that appends to `text` in the form `name="value",…`.
    pub fn new(text: &'a mut String) -> Self {
        LabelWriter { sink: Sink::Text(text) }
    }

    /// Creates a writer that passes names and values to `key`.
    pub(super) fn to_key(key: &'a mut dyn Key) -> Self {
        LabelWriter { sink: Sink::Key(key, true) }
    }

    /// Returns `true` if the key consumed all labels and expects no further ones.
    pub(super) fn took_all(self) -> bool {
        match self.sink {
            Sink::Text(_) => true,
            Sink::Key(key, took_all) => took_all && key.part(KeyPart::Absent),
        }
    }

    /// Writes a label, unless its value is absent or empty.
    ///
    /// Prometheus treats a label with an empty value as absent.
    pub fn label<V: LabelValue + ?Sized>(&mut self, name: &str, value: &V) {
        match &mut self.sink {
            Sink::Text(text) => write_text(text, name, |to| value.write(to)),
            Sink::Key(key, took_all) => {
                *took_all &= match value.key() {
                    KeyPart::Text(text) => labeled(*key, name, text),
                    KeyPart::Absent => true,
                    // The value type may vary between calls, so numbers are compared by their text.
                    _ => key::with_text(|to| value.write(to), |text| labeled(*key, name, text)),
                }
            }
        }
    }

    /// Writes a label with the `n`th value of a fixed set.
    pub fn label_nth<V: LabelValue>(&mut self, name: &str, n: usize) {
        self.label_with(name, |to| V::write_nth(n, to));
    }

    /// Writes a label with the value written by `write`.
    #[doc(hidden)]
    pub fn label_with(&mut self, name: &str, write: impl FnOnce(&mut ValueWriter<'_>)) {
        match &mut self.sink {
            Sink::Text(text) => write_text(text, name, write),
            Sink::Key(key, took_all) => *took_all &= key::with_text(write, |text| labeled(*key, name, text)),
        }
    }
}

impl fmt::Debug for LabelWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LabelWriter")
    }
}

/// Passes a name and its value to `key`, unless the value is empty. Returns `true` if it consumed both.
fn labeled(key: &mut dyn Key, name: &str, value: &str) -> bool {
    value.is_empty() || key.part(KeyPart::Text(name)) && key.part(KeyPart::Text(value))
}

/// Appends `name="value"`, unless the value is empty.
///
/// Empty labels are equivalent to absent ones (<https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels>).
fn write_text(text: &mut String, name: &str, write: impl FnOnce(&mut ValueWriter<'_>)) {
    let before = text.len();
    if before > 0 {
        text.push(',');
    }
    text.push_str(name);
    text.push_str("=\"");
    if ValueWriter::new(text).written(write) {
        text.push('"');
    } else {
        text.truncate(before);
    }
}

/// Parses `name="value",…` into pairs of names and values, which stay escaped.
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

#[cfg(test)]
mod tests {
    use super::super::value_writer::MAX_VALUE;
    use super::*;

    fn text(write: impl FnOnce(&mut LabelWriter<'_>)) -> String {
        let mut text = String::new();
        write(&mut LabelWriter::new(&mut text));
        text
    }

    #[test]
    fn escapes_values() {
        let written = text(|to| to.label("path", &"C:\\a \"b\"\nc"));
        assert_eq!(written, r#"path="C:\\a \"b\"\nc""#);
    }

    #[test]
    fn omits_labels_with_absent_or_empty_values() {
        let written = text(|to| {
            to.label("a", &1_u16);
            to.label("b", &None::<bool>);
            to.label("c", &Some(true));
            to.label("d", "");
            to.label("e", &Some(String::new()));
        });
        assert_eq!(written, r#"a="1",c="true""#);
    }

    #[test]
    fn truncates_long_values_at_a_character_boundary() {
        let written = text(|to| to.label("a", &"é".repeat(MAX_VALUE)));
        assert_eq!(written, format!("a=\"{}\"", "é".repeat(MAX_VALUE / 2)));
    }

    #[test]
    fn parses_labels_with_escaped_values() {
        let pairs = label_pairs(r#"a="x,y=\"z\"",b="\\",c="""#);
        assert_eq!(pairs.collect::<Vec<_>>(), [("a", r#"x,y=\"z\""#), ("b", r"\\"), ("c", "")]);
    }
}
