//! Numbers as the text format writes them.

use crate::metric::Number;

/// The shortest text that reads back as `value`; `NaN`, `+Inf` and `-Inf` as Prometheus spells them, whole numbers
/// without a point.
pub(super) fn push_float(to: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        to.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        to.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    } else {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value);
        to.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
    }
}

/// The total of a counter.
pub(super) fn push_number(to: &mut Vec<u8>, value: Number) {
    match value {
        Number::Integer(value) => push_integer(to, value),
        Number::Float(value) => push_float(to, value),
    }
}

/// An integer.
pub(super) fn push_integer(to: &mut Vec<u8>, value: u64) {
    to.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_prometheus_reads_them() {
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
            let mut bytes = Vec::new();
            push_float(&mut bytes, value);
            assert_eq!(String::from_utf8(bytes).unwrap(), text);
        }
    }
}
