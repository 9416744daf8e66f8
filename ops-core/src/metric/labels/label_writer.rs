//! Labels as the text formats want them: `name="value",…`, escaped and cut.

use super::key::{self, Key, KeyPart};
use super::label_value::LabelValue;
use super::value_writer::ValueWriter;
use std::fmt;

/// Takes the labels of one series, and writes them as `name="value",…`.
pub struct LabelWriter<'a> {
    sink: Sink<'a>,
}

/// What becomes of the labels.
enum Sink<'a> {
    Text(&'a mut String),
    /// The series is looked up by them; whether the key took all so far.
    Key(&'a mut dyn Key, bool),
}

impl<'a> LabelWriter<'a> {
    /// Appends to `text`.
    pub fn new(text: &'a mut String) -> Self {
        LabelWriter { sink: Sink::Text(text) }
    }

    /// Hands names and values to `key`.
    pub(super) fn to_key(key: &'a mut dyn Key) -> Self {
        LabelWriter { sink: Sink::Key(key, true) }
    }

    /// Whether the key took all labels, and has no further ones.
    pub(super) fn took_all(self) -> bool {
        match self.sink {
            Sink::Text(_) => true,
            Sink::Key(key, took_all) => took_all && key.part(KeyPart::Absent),
        }
    }

    /// Writes one label, unless its value is absent or empty, which Prometheus takes for the same.
    pub fn label<V: LabelValue + ?Sized>(&mut self, name: &str, value: &V) {
        match &mut self.sink {
            Sink::Text(text) => write_text(text, name, |to| value.write(to)),
            Sink::Key(key, took_all) => {
                *took_all &= match value.key() {
                    KeyPart::Text(text) => labeled(*key, name, text),
                    KeyPart::Absent => true,
                    // The type of the value is not part of the key: numbers are told apart by their text.
                    _ => key::with_text(|to| value.write(to), |text| labeled(*key, name, text)),
                }
            }
        }
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
            Sink::Key(key, took_all) => *took_all &= key::with_text(write, |text| labeled(*key, name, text)),
        }
    }
}

impl fmt::Debug for LabelWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LabelWriter")
    }
}

/// Hands a name and its value to `key`, unless the value is empty. Returns whether the key took both.
fn labeled(key: &mut dyn Key, name: &str, value: &str) -> bool {
    value.is_empty() || key.part(KeyPart::Text(name)) && key.part(KeyPart::Text(value))
}

/// Appends `name="value"`, unless the value is empty: an empty label is an absent label
/// (<https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels>).
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
    fn values_are_escaped() {
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
    fn a_long_value_is_cut_between_characters() {
        let written = text(|to| to.label("a", &"é".repeat(MAX_VALUE)));
        assert_eq!(written, format!("a=\"{}\"", "é".repeat(MAX_VALUE / 2)));
    }

    #[test]
    fn the_labels_of_a_series_are_told_apart() {
        let pairs = label_pairs(r#"a="x,y=\"z\"",b="\\",c="""#);
        assert_eq!(pairs.collect::<Vec<_>>(), [("a", r#"x,y=\"z\""#), ("b", r"\\"), ("c", "")]);
    }
}
