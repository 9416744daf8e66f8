//! Escaping schemes for UTF-8 metric names.
//!
//! Specification: <https://prometheus.io/docs/instrumenting/escaping_schemes/>.

use super::is_metric_name;
use std::borrow::Cow;
use std::fmt::Write as _;

/// A scheme for writing UTF-8 metric names.
///
/// It applies to names outside [the classic grammar](super::is_metric_name); classic names are written unchanged in every
/// scheme.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::name::Escaping;
///
/// assert_eq!(Escaping::Underscores.escape("http.requests_total"), "http_requests_total");
/// assert_eq!(Escaping::Dots.escape("http.requests_total"), "http_dot_requests__total");
/// assert_eq!(Escaping::Values.escape("http.requests_total"), "U__http_2e_requests__total");
/// assert_eq!(Escaping::Dots.escape("http_requests"), "http_requests");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Escaping {
    /// Unchanged, in quotes.
    AllowUtf8,
    /// Each invalid character replaced by `_`.
    #[default]
    Underscores,
    /// `.` replaced by `_dot_`, and `_` and each other invalid character by `__`.
    Dots,
    /// Prefixed with `U__`, with `_` replaced by `__` and invalid characters by `_<code point>_` in hex.
    Values,
}

impl Escaping {
    /// All schemes.
    pub const ALL: [Escaping; 4] = [Escaping::AllowUtf8, Escaping::Underscores, Escaping::Dots, Escaping::Values];

    /// Returns the value of the `escaping` parameter in `Accept` and `Content-Type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Escaping::AllowUtf8 => "allow-utf-8",
            Escaping::Underscores => "underscores",
            Escaping::Dots => "dots",
            Escaping::Values => "values",
        }
    }

    /// Escapes the metric name `name`.
    ///
    /// Where the specification and the Prometheus Go library differ, this follows the library, whose form a Prometheus server
    /// unescapes: two underscores for other invalid characters in [`Dots`](Escaping::Dots), and lowercase code points.
    pub fn escape(self, name: &str) -> Cow<'_, str> {
        if self == Escaping::AllowUtf8 || is_metric_name(name) {
            return Cow::Borrowed(name);
        }
        let mut escaped = String::with_capacity(2 * name.len());
        if self == Escaping::Values {
            escaped.push_str("U__");
        }
        for (at, char) in name.char_indices() {
            let is_legal = char == '_' || char == ':' || char.is_ascii_alphabetic() || at > 0 && char.is_ascii_digit();
            match self {
                Escaping::Dots | Escaping::Values if char == '_' => escaped.push_str("__"),
                _ if is_legal => escaped.push(char),
                Escaping::Dots if char == '.' => escaped.push_str("_dot_"),
                Escaping::Dots => escaped.push_str("__"),
                // Writing to a `String` never fails.
                Escaping::Values => drop(write!(escaped, "_{:x}_", u32::from(char))),
                Escaping::Underscores | Escaping::AllowUtf8 => escaped.push('_'),
            }
        }
        Cow::Owned(escaped)
    }
}

/// Returns `name` in quotes, with backslashes, quotes and line feeds escaped.
pub(crate) fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    for char in name.chars() {
        match char {
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            '\n' => quoted.push_str("\\n"),
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_names_in_every_scheme() {
        for (name, underscores, dots, values) in [
            (
                "metric.name/with/slashes",
                "metric_name_with_slashes",
                "metric_dot_name__with__slashes",
                "U__metric_2e_name_2f_with_2f_slashes",
            ),
            (
                "metric.name.with.dots",
                "metric_name_with_dots",
                "metric_dot_name_dot_with_dot_dots",
                "U__metric_2e_name_2e_with_2e_dots",
            ),
            ("my_metric.a:b", "my_metric_a:b", "my__metric_dot_a:b", "U__my__metric_2e_a:b"),
            ("9lives", "_lives", "__lives", "U___39_lives"),
            ("\u{e9}t\u{e9}", "_t_", "__t__", "U___e9_t_e9_"),
            ("\u{1f980}", "_", "__", "U___1f980_"),
            ("http_requests:rate5m", "http_requests:rate5m", "http_requests:rate5m", "http_requests:rate5m"),
        ] {
            let escaped = Escaping::ALL.map(|escaping| escaping.escape(name).into_owned());
            assert_eq!(escaped, [name, underscores, dots, values]);
            assert!(escaped[1..].iter().all(|name| is_metric_name(name)));
        }
    }

    #[test]
    fn quoted_escapes_special_characters() {
        assert_eq!(quoted("a.b"), r#""a.b""#);
        assert_eq!(quoted("a\"b\\c\nd"), r#""a\"b\\c\nd""#);
    }
}
