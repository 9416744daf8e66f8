//! Validation of the names of metrics, labels, units, checks and spans.
//!
//! The functions are `const`, so that names in attributes are validated at compile time by the same grammar as names at run
//! time. Metric and label names follow the classic Prometheus grammar
//! (<https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels>), which no scraper has to escape. A program may
//! opt in to UTF-8 metric names; [`Escaping`] lists the schemes by which they are written.

mod escaping;

pub use escaping::Escaping;

pub(crate) use escaping::quoted;

/// Returns `true` if `name` is a classic metric name: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
pub const fn is_metric_name(name: &str) -> bool {
    matches_grammar(name, LETTER | UNDERSCORE | COLON, DIGIT)
}

/// Returns `true` if `name` is a label name: `[a-zA-Z_][a-zA-Z0-9_]*`, without the prefix `__`.
///
/// Prometheus reserves names that start with `__`.
pub const fn is_label_name(name: &str) -> bool {
    matches_grammar(name, LETTER | UNDERSCORE, DIGIT) && !starts_with(name, "__")
}

/// Returns `true` if the label `name` is reserved by `ops` or by the exposition formats.
pub const fn is_reserved_label(name: &str) -> bool {
    equals(name, "le") || equals(name, "quantile") || equals(name, "outcome") || equals(name, "ops_overflow")
}

/// Returns `true` if `name` is a unit: `[a-z][a-z0-9_]*`, such as `seconds`, `bytes` or `celsius`.
pub const fn is_unit(name: &str) -> bool {
    matches_grammar(name, LOWER, DIGIT | UNDERSCORE)
}

/// Maximum length of a check name, in bytes.
pub const MAX_CHECK_NAME: usize = 64;

/// Returns `true` if `name` is a check name: `[a-z0-9][a-z0-9_.-]*`, at most [`MAX_CHECK_NAME`] bytes.
pub const fn is_check_name(name: &str) -> bool {
    name.len() <= MAX_CHECK_NAME && matches_grammar(name, LOWER | DIGIT, UNDERSCORE | DOT | DASH)
}

/// Returns `true` if `name` is a span name: words of `[a-zA-Z0-9_]` joined by single dots.
///
/// It must not start with a digit.
pub const fn is_span_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    let mut word = 0;
    while at < bytes.len() {
        if bytes[at] == b'.' {
            if word == 0 {
                return false;
            }
            word = 0;
        } else if class(bytes[at]) & (LETTER | DIGIT | UNDERSCORE) != 0 {
            word += 1;
        } else {
            return false;
        }
        at += 1;
    }
    word > 0 && !bytes[0].is_ascii_digit()
}

/// Validates a classic metric name and returns it.
///
/// # Panics
/// Panics if the name is invalid; at compile time if called from an attribute.
#[doc(hidden)]
#[track_caller]
pub const fn metric_name(name: &'static str) -> &'static str {
    assert!(
        is_metric_name(name),
        "invalid metric name: it may contain only letters, digits, `_` and `:`, and must not start with a digit"
    );
    name
}

/// Validates a UTF-8 metric name and returns it.
///
/// # Panics
/// Panics if the name is empty; at compile time if called from an attribute.
#[doc(hidden)]
#[track_caller]
pub const fn utf8_metric_name(name: &'static str) -> &'static str {
    assert!(!name.is_empty(), "invalid metric name: it must not be empty");
    name
}

/// Validates a label name and returns it.
///
/// # Panics
/// Panics if the name is invalid or reserved; at compile time if called from an attribute.
#[doc(hidden)]
#[track_caller]
pub const fn label_name(name: &'static str) -> &'static str {
    assert!(
        is_label_name(name),
        "invalid label name: it may contain only letters, digits and `_`, and must not start with a digit or `__`"
    );
    assert!(
        !is_reserved_label(name),
        "reserved label name: `le`, `quantile`, `outcome` and `ops_overflow` cannot be used; choose another name"
    );
    name
}

/// Validates a unit and returns it.
///
/// # Panics
/// Panics if the unit is invalid; at compile time if called from an attribute.
#[doc(hidden)]
#[track_caller]
pub const fn unit(name: &'static str) -> &'static str {
    assert!(
        is_unit(name),
        "invalid unit: it may contain only lowercase letters, digits and `_`, and must start with a letter; \
         use one such as `seconds`"
    );
    name
}

/// Validates a check name and returns it.
///
/// # Panics
/// Panics if the name is invalid; at compile time if called from an attribute.
#[doc(hidden)]
#[track_caller]
pub const fn check_name(name: &'static str) -> &'static str {
    assert!(
        !name.is_empty(),
        "invalid health check name: it must not be empty; name the dependency that is checked, such as `db`"
    );
    assert!(
        is_check_name(name),
        "invalid health check name: it may contain only lowercase letters, digits, `_`, `.` and `-`, must start with a letter \
         or digit, and is limited to 64 bytes"
    );
    name
}

/// Validates the name of a group of health checks and returns it.
///
/// Groups have the same grammar as checks.
///
/// # Panics
/// Panics if the name is invalid; at compile time if called from an attribute.
#[doc(hidden)]
#[track_caller]
pub const fn group_name(name: &'static str) -> &'static str {
    assert!(
        is_check_name(name),
        "invalid health check group name: it may contain only lowercase letters, digits, `_`, `.` and `-`, must start with a \
         letter or digit, and is limited to 64 bytes"
    );
    name
}

/// Validates a span name and returns it.
///
/// # Panics
/// Panics if the name is invalid; at compile time if called from an attribute.
#[doc(hidden)]
#[track_caller]
pub const fn span_name(name: &'static str) -> &'static str {
    assert!(
        is_span_name(name),
        "invalid span name: it must consist of words of letters, digits and `_` joined by single dots, such as \
         `order.place`, and must not start with a digit"
    );
    name
}

/// Returns the metric name of a span: its name with dots replaced by `_`.
///
/// ```
/// # extern crate ops_core as ops;
/// assert_eq!(ops::name::metric_of_span("order.place"), "order_place");
/// ```
pub fn metric_of_span(span: &str) -> String {
    span.chars().map(|char| if char.is_ascii_alphanumeric() || char == '_' { char } else { '_' }).collect()
}

const LOWER: u8 = 1;
const UPPER: u8 = 2;
const LETTER: u8 = LOWER | UPPER;
const DIGIT: u8 = 4;
const UNDERSCORE: u8 = 8;
const COLON: u8 = 16;
const DOT: u8 = 32;
const DASH: u8 = 64;

const fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => LOWER,
        b'A'..=b'Z' => UPPER,
        b'0'..=b'9' => DIGIT,
        b'_' => UNDERSCORE,
        b':' => COLON,
        b'.' => DOT,
        b'-' => DASH,
        _ => 0,
    }
}

/// Returns `true` if `name` is a byte of class `first`, followed by bytes of class `first` or `more`.
///
/// `first` and `more` are bit sets of classes.
const fn matches_grammar(name: &str, first: u8, more: u8) -> bool {
    let bytes = name.as_bytes();
    if bytes.is_empty() || class(bytes[0]) & first == 0 {
        return false;
    }
    let mut at = 1;
    while at < bytes.len() {
        if class(bytes[at]) & (first | more) == 0 {
            return false;
        }
        at += 1;
    }
    true
}

const fn starts_with(name: &str, prefix: &str) -> bool {
    name.len() >= prefix.len() && equals_up_to(name, prefix, prefix.len())
}

const fn equals(left: &str, right: &str) -> bool {
    left.len() == right.len() && equals_up_to(left, right, left.len())
}

const fn equals_up_to(left: &str, right: &str, length: usize) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < length {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_names_follow_the_prometheus_grammar() {
        for (name, legal) in [
            ("orders_total", true),
            ("a:b", true),
            ("_x", true),
            ("", false),
            ("9a", false),
            ("a-b", false),
            ("a.b", false),
            ("é", false),
        ] {
            assert_eq!(is_metric_name(name), legal, "{name:?}");
        }
    }

    #[test]
    fn rejects_reserved_label_names() {
        for (name, legal) in [
            ("tenant", true),
            ("_t", true),
            ("__name__", false),
            ("__", false),
            ("a:b", false),
            ("", false),
            ("1", false),
        ] {
            assert_eq!(is_label_name(name), legal, "{name:?}");
        }
        assert!(["le", "quantile", "outcome", "ops_overflow"].iter().all(|name| is_reserved_label(name)));
        assert!(!is_reserved_label("lease"));
    }

    #[test]
    fn check_names_are_lowercase_and_length_limited() {
        for (name, legal) in
            [("db", true), ("9db", true), ("a.b-c_d", true), ("", false), ("Db", false), ("-a", false), ("a b", false)]
        {
            assert_eq!(is_check_name(name), legal, "{name:?}");
        }
        assert!(is_check_name(&"x".repeat(MAX_CHECK_NAME)) && !is_check_name(&"x".repeat(MAX_CHECK_NAME + 1)));
    }

    #[test]
    fn span_names_are_words_joined_by_dots() {
        for (name, legal) in [
            ("order.place", true),
            ("a", true),
            ("Cart.total_2", true),
            ("", false),
            (".a", false),
            ("a.", false),
            ("a..b", false),
            ("9a", false),
            ("a b", false),
        ] {
            assert_eq!(is_span_name(name), legal, "{name:?}");
        }
    }
}
