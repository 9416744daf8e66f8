//! How names are written that the classic grammar of names does not have
//! (<https://prometheus.io/docs/instrumenting/escaping_schemes/>).

use super::is_metric_name;
use std::borrow::Cow;
use std::fmt::Write as _;

/// How a metric name is written that [the classic grammar](super::is_metric_name) does not have, as a program has them
/// that asked for such names. A name of the classic grammar is left as it is, whatever the scheme.
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
    /// In quotes, as it is.
    AllowUtf8,
    /// With `_` in place of what is not in the grammar.
    #[default]
    Underscores,
    /// With `_dot_` in place of a point, and `__` in place of `_` and of what else is not in the grammar.
    Dots,
    /// After `U__`, with the code points of what is not in the grammar between `_`, in hexadecimal, and `__` in place of `_`.
    Values,
}

impl Escaping {
    /// All of them.
    pub const ALL: [Escaping; 4] = [Escaping::AllowUtf8, Escaping::Underscores, Escaping::Dots, Escaping::Values];

    /// The value of the parameter `escaping` of `Accept` and `Content-Type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Escaping::AllowUtf8 => "allow-utf-8",
            Escaping::Underscores => "underscores",
            Escaping::Dots => "dots",
            Escaping::Values => "values",
        }
    }

    /// The metric name `name` in this scheme.
    ///
    /// Where the document and Prometheus' own library differ it is as the library has it, whose names a Prometheus reads
    /// back: two underscores for what dots have no word for, and lower-case code points.
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
                // Writing to a string does not fail.
                Escaping::Values => drop(write!(escaped, "_{:x}_", u32::from(char))),
                Escaping::Underscores | Escaping::AllowUtf8 => escaped.push('_'),
            }
        }
        Cow::Owned(escaped)
    }
}

/// `name` in quotes, with what would end them or the line escaped.
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
    fn names_are_written_as_the_schemes_have_them() {
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
    fn quotes_hold_any_name() {
        assert_eq!(quoted("a.b"), r#""a.b""#);
        assert_eq!(quoted("a\"b\\c\nd"), r#""a\"b\\c\nd""#);
    }
}
