//! The encoding of protobuf messages (<https://protobuf.dev/programming-guides/encoding/>), as far as metrics need it.
//!
//! Fields that are 0 or empty are left out, as proto3 does.

/// Appends a number as a varint.
pub(super) fn push_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Maps numbers near 0 to small ones.
pub(super) const fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

/// Appends the field number `field`, an unsigned or a zigzag integer.
pub(super) fn push_integer(to: &mut Vec<u8>, field: u32, value: u64) {
    if value != 0 {
        push_tag(to, field, 0);
        push_varint(to, value);
    }
}

/// Appends the field number `field`, a double.
pub(super) fn push_double(to: &mut Vec<u8>, field: u32, value: f64) {
    if value.to_bits() != 0 {
        push_tag(to, field, 1);
        to.extend_from_slice(&value.to_le_bytes());
    }
}

/// Appends the field number `field`, a string.
pub(super) fn push_string(to: &mut Vec<u8>, field: u32, value: &str) {
    if !value.is_empty() {
        push_tag(to, field, 2);
        push_varint(to, value.len() as u64);
        to.extend_from_slice(value.as_bytes());
    }
}

/// Appends the field number `field`, packed zigzag integers.
pub(super) fn push_packed(to: &mut Vec<u8>, field: u32, values: impl Iterator<Item = i64>) {
    let mut values = values.peekable();
    if values.peek().is_some() {
        push_message(to, field, |to| values.for_each(|value| push_varint(to, zigzag(value))));
    }
}

/// Appends the field number `field`, the message that `fields` appends.
#[inline]
pub(super) fn push_message(to: &mut Vec<u8>, field: u32, fields: impl FnOnce(&mut Vec<u8>)) {
    push_tag(to, field, 2);
    // Most messages are short, so their length is one byte; a longer one is moved to make room.
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
    fn numbers_take_as_many_bytes_as_they_need() {
        assert_eq!(bytes(|to| push_integer(to, 1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(bytes(|to| push_integer(to, 16, u64::MAX)).len(), 2 + 10);
        assert_eq!([0, -1, 1, -2, i64::MIN].map(zigzag), [0, 1, 2, 3, u64::MAX]);
        assert_eq!(bytes(|to| push_packed(to, 4, [3, -1].into_iter())), [0x22, 2, 6, 1]);
    }

    #[test]
    fn what_is_0_or_empty_is_left_out_but_not_the_negative_0() {
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
    fn a_message_has_its_length_before_it_however_long_it_is() {
        let short = bytes(|to| push_message(to, 3, |to| push_integer(to, 1, 150)));
        assert_eq!(short, [0x1a, 3, 0x08, 0x96, 0x01]);
        let text = "x".repeat(200);
        let long = bytes(|to| push_message(to, 2, |to| push_string(to, 1, &text)));
        assert_eq!(long[..6], [0x12, 0xcb, 0x01, 0x0a, 0xc8, 0x01]);
        assert_eq!(&long[6..], text.as_bytes());
    }
}
