//! Reads gauges of one label or more from the protobuf format, by its schema `io.prometheus.client.MetricFamily`.

use std::collections::BTreeMap;

/// A family of gauges.
#[derive(Debug, PartialEq)]
pub struct Gauges {
    /// Field 1.
    pub name: String,
    /// Field 2.
    pub help: String,
    /// Fields 4: the number of each, by its labels.
    pub numbers: BTreeMap<Labels, f64>,
}

/// The labels of a series, by name.
pub type Labels = BTreeMap<String, String>;

/// What a field holds.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The families in `bytes`, each with its length before it; `None` if they are none, or of another kind.
pub fn gauges(mut bytes: &[u8]) -> Option<Vec<Gauges>> {
    const GAUGE: u64 = 1;
    let mut families = Vec::new();
    while !bytes.is_empty() {
        let mut family = Gauges { name: String::new(), help: String::new(), numbers: BTreeMap::new() };
        for field in fields(delimited(&mut bytes)?)? {
            match field {
                (1, Field::Bytes(name)) => family.name = text(name)?,
                (2, Field::Bytes(help)) => family.help = text(help)?,
                (3, Field::Number(GAUGE)) => {}
                (4, Field::Bytes(metric)) => {
                    let (labels, number) = gauge(metric)?;
                    // Each series is there once.
                    family.numbers.insert(labels, number).is_none().then_some(())?;
                }
                _ => return None,
            }
        }
        families.push(family);
    }
    Some(families)
}

fn gauge(bytes: &[u8]) -> Option<(Labels, f64)> {
    let (mut labels, mut number) = (Labels::new(), None);
    for field in fields(bytes)? {
        match field {
            (1, Field::Bytes(pair)) => {
                // What is empty or zero may be left out.
                let [mut name, mut value] = [String::new(), String::new()];
                for field in fields(pair)? {
                    match field {
                        (1, Field::Bytes(bytes)) => name = text(bytes)?,
                        (2, Field::Bytes(bytes)) => value = text(bytes)?,
                        _ => return None,
                    }
                }
                labels.insert(name, value).is_none().then_some(())?;
            }
            (2, Field::Bytes(gauge)) => match fields(gauge)?.as_slice() {
                [] => number = Some(0.0),
                [(1, Field::Number(bits))] => number = Some(f64::from_bits(*bits)),
                _ => return None,
            },
            _ => return None,
        }
    }
    Some((labels, number?))
}

/// The fields of a message, each with its number.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut bytes)?),
            1 => {
                let (number, rest) = bytes.split_first_chunk()?;
                bytes = rest;
                Field::Number(u64::from_le_bytes(*number))
            }
            2 => Field::Bytes(delimited(&mut bytes)?),
            _ => return None,
        };
        fields.push((tag >> 3, field));
    }
    Some(fields)
}

fn delimited<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint(bytes)?).ok()?;
    let (field, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(field)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}
