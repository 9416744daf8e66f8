//! Formatting of numbers in the text formats.

use super::buffer::Buffer;
use crate::metric::Number;

/// Appends the shortest text that parses to `value`; integers have no decimal point.
pub(super) fn push_float(to: &mut Buffer, value: f64) {
    let mut buffer = zmij::Buffer::new();
    to.extend_from_slice(match not_finite(value) {
        Some(text) => text,
        None => {
            let text = buffer.format_finite(value);
            text.strip_suffix(".0").unwrap_or(text).as_bytes()
        }
    });
}

/// Appends the canonical OpenMetrics text of a bucket bound or quantile.
///
/// It is like C's `%g` with as many digits as needed, and always has a decimal point or an exponent.
pub(super) fn push_canonical_float(to: &mut Buffer, value: f64) {
    if let Some(text) = not_finite(value) {
        return to.extend_from_slice(text);
    }
    let (digits, exponent) = shortest(value.abs());
    if value.is_sign_negative() {
        to.push(b'-');
    }
    let after = |digits: &[u8], to: &mut Buffer| {
        if !digits.is_empty() {
            to.push(b'.');
            to.extend_from_slice(digits);
        }
    };
    if !(-4..6).contains(&exponent) {
        to.push(digits[0]);
        after(&digits[1..], to);
        to.extend_from_slice(format!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()).as_bytes());
    } else if exponent < 0 {
        to.extend_from_slice(b"0.");
        (1..-exponent).for_each(|_| to.push(b'0'));
        to.extend_from_slice(&digits);
    } else {
        let whole = exponent as usize + 1;
        (0..whole).for_each(|at| to.push(digits.get(at).copied().unwrap_or(b'0')));
        after(digits.get(whole..).filter(|rest| !rest.is_empty()).unwrap_or(b"0"), to);
    }
}

/// Returns the shortest digits that represent `value`, and the decimal exponent of the first one.
///
/// `value` must be finite and not negative. The digits have no leading or trailing zeros.
fn shortest(value: f64) -> (Vec<u8>, i32) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let zeros = all.iter().take_while(|digit| **digit == b'0').count();
    if zeros == all.len() {
        return (vec![b'0'], 0);
    }
    let last = all.iter().rposition(|digit| *digit != b'0').unwrap_or(zeros);
    let exponent: i32 = exponent.parse().unwrap_or(0);
    (all[zeros..=last].to_vec(), exponent + whole.len() as i32 - 1 - zeros as i32)
}

fn not_finite(value: f64) -> Option<&'static [u8]> {
    match value {
        f64::INFINITY => Some(b"+Inf"),
        f64::NEG_INFINITY => Some(b"-Inf"),
        _ if value.is_nan() => Some(b"NaN"),
        _ => None,
    }
}

/// Appends the total of a counter.
#[inline]
pub(super) fn push_number(to: &mut Buffer, value: Number) {
    match value {
        Number::Integer(value) => push_integer(to, value),
        Number::Float(value) => push_float(to, value),
    }
}

/// Appends an integer.
#[inline(always)]
pub(super) fn push_integer(to: &mut Buffer, value: u64) {
    match short_integer(value) {
        // A single eight-byte store.
        Some((digits, len)) => to.push_first(len, digits.to_le_bytes()),
        None => push_long_integer(to, value),
    }
}

/// Returns the digits of an integer below 10⁸, the first one in the lowest byte, and their number.
#[inline(always)]
pub(super) fn short_integer(value: u64) -> Option<(u64, usize)> {
    if value >= EIGHT_DIGITS {
        return None;
    }
    let digits = eight_digits(value);
    let zeros = (digits | 1 << 56).trailing_zeros() / 8;
    Some(((digits + ZEROS) >> (8 * zeros), 8 - zeros as usize))
}

#[cold]
fn push_long_integer(to: &mut Buffer, value: u64) {
    push_integer(to, value / EIGHT_DIGITS);
    to.push_all((eight_digits(value % EIGHT_DIGITS) + ZEROS).to_le_bytes());
}

const EIGHT_DIGITS: u64 = 100_000_000;
/// The ASCII digit `0` in every byte.
const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);

/// Returns the eight decimal digits of `value`, one per byte, the first one in the lowest byte.
///
/// SIMD within a register: splits the value into groups of four, two and one digits, all groups of a step in one word.
#[inline]
const fn eight_digits(value: u64) -> u64 {
    let fours = (value / 10_000) | ((value % 10_000) << 32);
    // Division by multiplication and shift: by 100, exact below 10,000, then by 10, exact below 100.
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | (fours - 100 * hundreds) << 16;
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (twos - 10 * tens) << 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_written(push: fn(&mut Buffer, f64), value: f64, text: &str) {
        let mut bytes = Buffer::default();
        push(&mut bytes, value);
        assert_eq!(std::str::from_utf8(bytes.as_slice()).unwrap(), text);
    }

    #[test]
    fn formats_floats_for_prometheus() {
        for (value, text) in [
            (1.0, "1"),
            (0.25, "0.25"),
            (-0.0, "-0"),
            (1e21, "1e+21"),
            (5e-324, "5e-324"),
            (1024.0, "1024"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_written(push_float, value, text);
        }
    }

    #[test]
    fn formats_integers_like_display() {
        let powers = (0..20).map(|exponent| 10_u64.pow(exponent));
        for value in powers.flat_map(|power| [power - 1, power, power + 1]).chain([42, u64::MAX]) {
            let mut bytes = Buffer::default();
            bytes.push(b'x');
            push_integer(&mut bytes, value);
            assert_eq!(std::str::from_utf8(bytes.as_slice()).unwrap(), format!("x{value}"));
        }
    }

    #[test]
    fn formats_canonical_openmetrics_floats() {
        for (value, text) in [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (10.0, "10.0"),
            (0.1, "0.1"),
            (2.5, "2.5"),
            (0.005, "0.005"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (0.000025, "2.5e-05"),
            (123456.0, "123456.0"),
            (100000.0, "100000.0"),
            (1000000.0, "1e+06"),
            (1048576.0, "1.048576e+06"),
            (1e21, "1e+21"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (-2.5, "-2.5"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_written(push_canonical_float, value, text);
        }
    }
}
