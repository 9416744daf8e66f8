//! SHA-256 as it is written: 64 hexadecimal digits.

use std::fmt;

/// The bytes that `digits` stand for.
pub(super) fn parse(digits: &str) -> Option<[u8; 32]> {
    let digits = digits.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
        *byte = value(digits[0]) << 4 | value(digits[1]);
    }
    Some(bytes)
}

/// Bytes, written as digits.
pub(super) struct Hexadecimal<'a>(pub(super) &'a [u8; 32]);

impl fmt::Display for Hexadecimal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
