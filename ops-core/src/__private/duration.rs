//! Durations in attributes, such as `"500ms"`.

use std::time::Duration;

/// Parses a duration: a whole number above 0 followed by `ms`, `s`, `m` or `h`, such as `"500ms"`.
///
/// # Panics
/// Panics if `text` is not a duration. In an attribute, this is a compile error.
#[track_caller]
pub const fn duration(text: &'static str) -> Duration {
    match parse(text.as_bytes()) {
        Some(duration) => duration,
        None => panic!(
            "invalid duration: expected an integer greater than 0 with a unit `ms`, `s`, `m` or `h`, as in `\"500ms\"`"
        ),
    }
}

/// Validates that `duration` is above 0.
///
/// # Panics
/// Panics if it is 0. In an attribute, this is a compile error.
#[track_caller]
pub const fn positive(duration: Duration) -> Duration {
    assert!(!duration.is_zero(), "a duration must be greater than 0");
    duration
}

const fn parse(text: &[u8]) -> Option<Duration> {
    let mut number: u64 = 0;
    let mut at = 0;
    while at < text.len() && text[at].is_ascii_digit() {
        number = match number.checked_mul(10) {
            Some(number) => number,
            None => return None,
        };
        number = match number.checked_add((text[at] - b'0') as u64) {
            Some(number) => number,
            None => return None,
        };
        at += 1;
    }
    if number == 0 {
        return None;
    }
    let seconds_in_unit = match text.split_at(at).1 {
        b"ms" => return Some(Duration::from_millis(number)),
        b"s" => 1,
        b"m" => 60,
        b"h" => 3600,
        _ => return None,
    };
    match number.checked_mul(seconds_in_unit) {
        Some(seconds) => Some(Duration::from_secs(seconds)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_a_number_and_a_unit() {
        for (text, milliseconds) in [("500ms", 500), ("2s", 2_000), ("1m", 60_000), ("1h", 3_600_000)] {
            assert_eq!(duration(text), Duration::from_millis(milliseconds), "{text}");
        }
    }

    #[test]
    fn rejects_invalid_durations() {
        for text in ["", "s", "5", "5 s", "0s", "-1s", "1.5s", "2sec", "18446744073709551616s", "18446744073709551615h"]
        {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
