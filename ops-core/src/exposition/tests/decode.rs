//! An independent protobuf decoder, written from the schema, that formats metric families as text.

use std::fmt::Write;

enum Type {
    Integer,
    Zigzag,
    Double,
    String,
    Packed,
    Message(&'static str),
}

/// Returns the name and the type of a field.
fn field(message: &str, number: u64) -> (&'static str, Type) {
    use Type::{Double, Integer, Message, Packed, String, Zigzag};
    match (message, number) {
        ("family", 1) | ("label", 1) => ("name", String),
        ("family", 2) => ("help", String),
        ("family", 3) => ("type", Integer),
        ("family", 4) => ("metric", Message("metric")),
        ("family", 5) => ("unit", String),
        ("metric" | "exemplar", 1) => ("label", Message("label")),
        ("metric", 2) => ("gauge", Message("gauge")),
        ("metric", 3) => ("counter", Message("counter")),
        ("metric", 4) => ("summary", Message("summary")),
        ("metric", 7) => ("histogram", Message("histogram")),
        ("label", 2) => ("value", String),
        ("gauge" | "counter", 1) | ("exemplar", 2) => ("value", Double),
        ("counter", 2) | ("bucket", 3) => ("exemplar", Message("exemplar")),
        ("counter", 3) | ("summary", 4) | ("histogram", 15) => ("created", Message("timestamp")),
        ("exemplar", 3) => ("timestamp", Message("timestamp")),
        ("summary" | "histogram", 1) => ("count", Integer),
        ("summary" | "histogram", 2) => ("sum", Double),
        ("histogram", 3) => ("bucket", Message("bucket")),
        ("histogram", 5) => ("schema", Zigzag),
        ("histogram", 6) => ("zero_threshold", Double),
        ("histogram", 7) => ("zero_count", Integer),
        ("histogram", 9) => ("negative_span", Message("span")),
        ("histogram", 10) => ("negative_delta", Packed),
        ("histogram", 12) => ("positive_span", Message("span")),
        ("histogram", 13) => ("positive_delta", Packed),
        ("bucket", 1) => ("cumulative", Integer),
        ("bucket", 2) => ("bound", Double),
        ("span", 1) => ("offset", Zigzag),
        ("span", 2) => ("length", Integer),
        ("timestamp", 1) => ("seconds", Integer),
        ("timestamp", 2) => ("nanos", Integer),
        _ => panic!("`{message}` has no field {number}"),
    }
}

/// Formats delimited messages, one per line.
pub(super) fn families(mut bytes: &[u8]) -> String {
    let mut text = String::new();
    while !bytes.is_empty() {
        message("family", delimited(&mut bytes), &mut text);
        text.push('\n');
    }
    text
}

fn message(name: &str, mut bytes: &[u8], text: &mut String) {
    let mut is_first = true;
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let (name, of) = field(name, tag >> 3);
        let space = if std::mem::take(&mut is_first) { "" } else { " " };
        write!(text, "{space}{name} ").unwrap();
        let wire_type = match of {
            Type::Integer => {
                write!(text, "{}", varint(&mut bytes)).unwrap();
                0
            }
            Type::Zigzag => {
                write!(text, "{}", unzigzag(varint(&mut bytes))).unwrap();
                0
            }
            Type::Double => {
                let (double, rest) = bytes.split_first_chunk().unwrap();
                bytes = rest;
                write!(text, "{}", f64::from_le_bytes(*double)).unwrap();
                1
            }
            Type::String => {
                write!(text, "{:?}", std::str::from_utf8(delimited(&mut bytes)).unwrap()).unwrap();
                2
            }
            Type::Packed => {
                let mut packed = delimited(&mut bytes);
                let mut values = Vec::new();
                while !packed.is_empty() {
                    values.push(unzigzag(varint(&mut packed)));
                }
                write!(text, "{values:?}").unwrap();
                2
            }
            Type::Message(of) => {
                text.push('{');
                message(of, delimited(&mut bytes), text);
                text.push('}');
                2
            }
        };
        assert_eq!(tag & 7, wire_type, "wire type of `{name}`");
    }
}

fn delimited<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = varint(bytes) as usize;
    let (field, rest) = bytes.split_at(length);
    *bytes = rest;
    field
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return value;
        }
    }
    panic!("varint longer than ten bytes");
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
