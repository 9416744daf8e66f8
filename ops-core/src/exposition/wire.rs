//! A minimal encoder of protobuf messages (<https://protobuf.dev/programming-guides/encoding/>).
//!
//! As in proto3, fields that are zero or empty are omitted.

/// Appends a varint.
pub(super) fn push_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Encodes a signed integer as ZigZag.
pub(super) const fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

/// Appends the integer field `field`; signed values must be ZigZag-encoded.
pub(super) fn push_integer(to: &mut Vec<u8>, field: u32, value: u64) {
    if value != 0 {
        push_tag(to, field, 0);
        push_varint(to, value);
    }
}

/// Appends the double field `field`.
pub(super) fn push_double(to: &mut Vec<u8>, field: u32, value: f64) {
    if value.to_bits() != 0 {
        push_tag(to, field, 1);
        to.extend_from_slice(&value.to_le_bytes());
    }
}

/// Appends the string field `field`.
pub(super) fn push_string(to: &mut Vec<u8>, field: u32, value: &str) {
    if !value.is_empty() {
        push_tag(to, field, 2);
        push_varint(to, value.len() as u64);
        to.extend_from_slice(value.as_bytes());
    }
}

/// Appends the field `field` of packed ZigZag integers.
pub(super) fn push_packed(to: &mut Vec<u8>, field: u32, values: impl Iterator<Item = i64>) {
    let mut values = values.peekable();
    if values.peek().is_some() {
        push_message(to, field, |to| values.for_each(|value| push_varint(to, zigzag(value))));
    }
}

/// Appends the message field `field`, whose content `fields` appends.
#[inline]
pub(super) fn push_message(to: &mut Vec<u8>, field: u32, fields: impl FnOnce(&mut Vec<u8>)) {
    push_tag(to, field, 2);
    // Reserve one byte for the length, enough for most messages; longer ones are moved.
    let at = to.len();
    to.push(0);
    fields(to);
    let len = to.len() - at - 1;
    if len < 0x80 {
        to[at] = len as u8;
    } else {
        let mut length = Vec::with_capacity(5);
        push_varint(&mut length, len as u64);
        to.splice(at..=at, length);
    }
}

fn push_tag(to: &mut Vec<u8>, field: u32, wire_type: u32) {
    push_varint(to, u64::from(field << 3 | wire_type));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(push: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        push(&mut bytes);
        bytes
    }

    #[test]
    fn encodes_integers_with_variable_length() {
        assert_eq!(bytes(|to| push_integer(to, 1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(bytes(|to| push_integer(to, 16, u64::MAX)).len(), 2 + 10);
        assert_eq!([0, -1, 1, -2, i64::MIN].map(zigzag), [0, 1, 2, 3, u64::MAX]);
        assert_eq!(bytes(|to| push_packed(to, 4, [3, -1].into_iter())), [0x22, 2, 6, 1]);
    }

    #[test]
    fn omits_zero_and_empty_fields_but_not_negative_zero() {
        let nothing = bytes(|to| {
            push_integer(to, 1, 0);
            push_double(to, 2, 0.0);
            push_string(to, 3, "");
            push_packed(to, 4, [].into_iter());
        });
        assert!(nothing.is_empty());
        assert_eq!(bytes(|to| push_double(to, 1, -0.0)), [0x09, 0, 0, 0, 0, 0, 0, 0, 0x80]);
    }

    #[test]
    fn messages_are_length_prefixed() {
        let short = bytes(|to| push_message(to, 3, |to| push_integer(to, 1, 150)));
        assert_eq!(short, [0x1a, 3, 0x08, 0x96, 0x01]);
        let text = "x".repeat(200);
        let long = bytes(|to| push_message(to, 2, |to| push_string(to, 1, &text)));
        assert_eq!(long[..6], [0x12, 0xcb, 0x01, 0x0a, 0xc8, 0x01]);
        assert_eq!(&long[6..], text.as_bytes());
    }
}
