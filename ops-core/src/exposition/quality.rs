//! Parser of content negotiation headers such as `Accept` and `Accept-Encoding` (RFC 9110, section 12).
//!
//! Such a header is a list of values with parameters and a weight: `text/html;level=1, */*;q=0.5`. [`parse`] returns the
//! requested values; selecting the one to serve is up to the caller.

use std::borrow::Cow;

/// The default weight, in thousandths.
const FULL_WEIGHT: u16 = 1000;

/// A value of a negotiation header, with its parameters and weight.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::exposition::quality;
///
/// let accept = ["text/plain;version=0.0.4;q=0.5, application/json"];
/// let preferences: Vec<_> = quality::parse(accept).collect();
/// assert_eq!((preferences[0].value(), preferences[0].weight()), ("text/plain", 500));
/// assert_eq!(preferences[0].parameter("version"), Some("0.0.4"));
/// assert_eq!((preferences[1].value(), preferences[1].weight()), ("application/json", 1000));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference<'a> {
    value: &'a str,
    parameters: Vec<(&'a str, Cow<'a, str>)>,
    weight: u16,
}

/// Parses all values of the lines of one header, in order.
///
/// Separators within quoted strings are ignored. Empty list elements are skipped, as RFC 9110 requires, and so are elements
/// whose weight is not a number from 0 to 1. Parameters without a value are ignored.
pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = Preference<'a>> {
    lines.into_iter().flat_map(|line| split(line, ',')).filter_map(Preference::parse)
}

impl<'a> Preference<'a> {
    fn parse(element: &'a str) -> Option<Preference<'a>> {
        let mut parts = split(element, ';').map(str::trim);
        let value = parts.next().filter(|value| !value.is_empty())?;
        let (mut parameters, mut weight) = (Vec::new(), FULL_WEIGHT);
        for (name, text) in parts.filter_map(|part| part.split_once('=')) {
            let (name, text) = (name.trim_end(), unquoted(text.trim_start()));
            if name.eq_ignore_ascii_case("q") {
                weight = thousandths(&text)?;
            } else {
                parameters.push((name, text));
            }
        }
        Some(Preference { value, parameters, weight })
    }

    /// Returns the media range, content coding or language as sent.
    pub fn value(&self) -> &'a str {
        self.value
    }

    /// Returns the value of the first parameter `name`, without quotes.
    ///
    /// Names are compared case-insensitively. The weight `q` is not a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_ref())
    }

    /// Returns the weight in thousandths, from 0 (not acceptable) to 1000 (the default).
    pub fn weight(&self) -> u16 {
        self.weight
    }
}

/// Parses a weight and returns it in thousandths; `None` if it is not a number from 0 to 1.
fn thousandths(text: &str) -> Option<u16> {
    let weight: f32 = text.parse().ok()?;
    // In range, so the cast keeps the value.
    (0.0..=1.0).contains(&weight).then_some((weight * 1000.0).round() as u16)
}

/// Returns the content of a quoted string; other text is returned unchanged.
fn unquoted(text: &str) -> Cow<'_, str> {
    let Some(quoted) = text.strip_prefix('"') else { return Cow::Borrowed(text) };
    let quoted = quoted.strip_suffix('"').unwrap_or(quoted);
    if !quoted.contains('\\') {
        return Cow::Borrowed(quoted);
    }
    let mut content = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(char) = chars.next() {
        content.extend(if char == '\\' { chars.next() } else { Some(char) });
    }
    Cow::Owned(content)
}

/// Splits `text` at each `separator` outside of quoted strings.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |char: char| {
        if std::mem::take(&mut is_escaped) {
            return false;
        }
        is_quoted ^= char == '"';
        is_escaped = is_quoted && char == '\\';
        !is_quoted && char == separator
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights<'a>(lines: &[&'a str]) -> Vec<(&'a str, u16)> {
        parse(lines.iter().copied()).map(|preference| (preference.value(), preference.weight())).collect()
    }

    #[test]
    fn parses_values_and_weights_in_order() {
        let accept = ["text/html, text/*;q=0.5 , */* ; Q = 0.001", "gzip;q=0,identity;q=1.000"];
        let expected = [("text/html", 1000), ("text/*", 500), ("*/*", 1), ("gzip", 0), ("identity", 1000)];
        assert_eq!(weights(&accept), expected);
    }

    #[test]
    fn skips_empty_elements_and_invalid_weights() {
        assert_eq!(weights(&["", ",,", ";;q=,", ";q=1"]), []);
        assert_eq!(weights(&["a;q=high, b;q=1.5, c;q=-1, d;q=NaN, e;q=, f"]), [("f", 1000)]);
        assert_eq!(
            weights(&["a;flag, b;=, c;q"]),
            [("a", 1000), ("b", 1000), ("c", 1000)],
            "invalid parameters are ignored"
        );
    }

    #[test]
    fn ignores_separators_within_quoted_strings() {
        let line = r#"a/b;x=",;q=0 \" \\,";y=2;q=0.5, c"#;
        let preferences: Vec<_> = parse([line]).collect();
        assert_eq!(preferences.len(), 2);
        assert_eq!(preferences[0].parameter("X"), Some(r#",;q=0 " \,"#));
        assert_eq!((preferences[0].parameter("y"), preferences[0].parameter("q")), (Some("2"), None));
        assert_eq!((preferences[0].weight(), preferences[1].value()), (500, "c"));
        assert_eq!(
            weights(&["a;x=\",b,c", "d"]),
            [("a", 1000), ("d", 1000)],
            "an unterminated quoted string ends with its line"
        );
    }
}
