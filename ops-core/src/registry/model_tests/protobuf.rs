//! A protobuf decoder without a schema.

/// A message as a list of field numbers and values.
pub(super) struct Message<'a>(Vec<(u64, Field<'a>)>);

enum Field<'a> {
    Integer(u64),
    Double(f64),
    Bytes(&'a [u8]),
}

impl<'a> Message<'a> {
    /// Decodes a stream of length-prefixed messages.
    pub(super) fn delimited(mut bytes: &'a [u8]) -> Vec<Message<'a>> {
        let mut messages = Vec::new();
        while !bytes.is_empty() {
            messages.push(Message::new(take_bytes(&mut bytes)));
        }
        messages
    }

    fn new(mut bytes: &'a [u8]) -> Self {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let tag = take_varint(&mut bytes);
            let field = match tag & 7 {
                0 => Field::Integer(take_varint(&mut bytes)),
                1 => {
                    let (double, rest) = bytes.split_first_chunk().unwrap();
                    bytes = rest;
                    Field::Double(f64::from_le_bytes(*double))
                }
                2 => Field::Bytes(take_bytes(&mut bytes)),
                other => panic!("wire type {other}"),
            };
            fields.push((tag >> 3, field));
        }
        Message(fields)
    }

    fn all(&self, number: u64) -> impl Iterator<Item = &Field<'a>> {
        self.0.iter().filter(move |(found, _)| *found == number).map(|(_, field)| field)
    }

    pub(super) fn integer(&self, number: u64) -> u64 {
        self.all(number).map(|field| if let Field::Integer(integer) = field { *integer } else { 0 }).sum()
    }

    pub(super) fn signed(&self, number: u64) -> i64 {
        unzigzag(self.integer(number))
    }

    pub(super) fn double(&self, number: u64) -> f64 {
        self.all(number).map(|field| if let Field::Double(double) = field { *double } else { 0.0 }).sum()
    }

    fn bytes(&self, number: u64) -> impl Iterator<Item = &'a [u8]> {
        self.all(number).filter_map(|field| if let Field::Bytes(bytes) = field { Some(*bytes) } else { None })
    }

    pub(super) fn text(&self, number: u64) -> &'a str {
        self.bytes(number).next().map_or("", |bytes| std::str::from_utf8(bytes).unwrap())
    }

    pub(super) fn messages(&self, number: u64) -> impl Iterator<Item = Message<'a>> {
        self.bytes(number).map(Message::new)
    }

    /// Returns the ZigZag-encoded integers of a packed field.
    pub(super) fn packed(&self, number: u64) -> Vec<i64> {
        let mut numbers = Vec::new();
        for mut bytes in self.bytes(number) {
            while !bytes.is_empty() {
                numbers.push(unzigzag(take_varint(&mut bytes)));
            }
        }
        numbers
    }
}

fn take_bytes<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = take_varint(bytes) as usize;
    let (field, rest) = bytes.split_at(length);
    *bytes = rest;
    field
}

fn take_varint(bytes: &mut &[u8]) -> u64 {
    let end = bytes.iter().position(|byte| *byte < 0x80).unwrap();
    let (varint, rest) = bytes.split_at(end + 1);
    *bytes = rest;
    varint.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f))
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
