//! Parser of encoded labels: `name="value",…`.

use std::borrow::Cow;

/// Returns the unescaped names and values of `labels`.
pub(super) fn pairs(labels: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let mut rest = labels;
    std::iter::from_fn(move || {
        let (name, value) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = end_of_value(quoted)?;
                (unescape(&quoted[..end]), quoted[end + 1..].strip_prefix("=\"")?)
            }
            None => {
                let (name, value) = rest.split_once("=\"")?;
                (Cow::Borrowed(name), value)
            }
        };
        let end = end_of_value(value)?;
        rest = value[end + 1..].strip_prefix(',').unwrap_or("");
        Some((name, unescape(&value[..end])))
    })
}

/// Returns the index of the first unescaped quote.
fn end_of_value(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut raw = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => raw.push('\n'),
                Some(escaped) => raw.push(escaped),
                None => {}
            },
            _ => raw.push(character),
        }
    }
    Cow::Owned(raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::LabelWriter;

    #[test]
    fn unescapes_labels_of_the_label_writer() {
        let values = ["plain", "\"", "\\", "\n", "a\\\"b\\\\n\n\"", "C:\\new", "\u{1f980}\u{7}", ",b=\"1\""];
        let mut text = String::new();
        let names = ["b", "c", "d", "e", "f", "g", "h", "i"];
        for (name, value) in names.iter().zip(&values) {
            LabelWriter::new(&mut text).label(name, value);
        }
        let found: Vec<_> = pairs(&text).collect();
        let expected: Vec<_> = names.map(Cow::Borrowed).into_iter().zip(values.map(Cow::Borrowed)).collect();
        assert_eq!(found, expected);
        assert_eq!(pairs("").count(), 0);
    }

    #[test]
    fn parses_quoted_names() {
        let found: Vec<_> = pairs(r#""a=\"b"="on",c="2""#).collect();
        assert_eq!(found, [("a=\"b".into(), Cow::Borrowed("on")), ("c".into(), Cow::Borrowed("2"))]);
    }
}
