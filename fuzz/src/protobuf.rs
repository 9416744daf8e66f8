//! A minimal parser for gauges in the Prometheus protobuf format.
//!
//! It follows the schema of `io.prometheus.client.MetricFamily` independently of the encoder under test.

use std::collections::BTreeMap;

/// A family of gauges.
#[derive(Debug, PartialEq)]
pub struct Gauges {
    /// Name of the family (field 1).
    pub name: String,
    /// Help text (field 2).
    pub help: String,
    /// Values by label set (field 4).
    pub values: BTreeMap<Labels, f64>,
}

/// Label values of a series by label name.
pub type Labels = BTreeMap<String, String>;

/// The value of a field.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Parses length-delimited families of gauges.
///
/// Returns `None` if the input is malformed or contains a family of another type or duplicate series.
pub fn gauges(mut bytes: &[u8]) -> Option<Vec<Gauges>> {
    const GAUGE: u64 = 1;
    let mut families = Vec::new();
    while !bytes.is_empty() {
        let mut family = Gauges { name: String::new(), help: String::new(), values: BTreeMap::new() };
        for field in fields(delimited(&mut bytes)?)? {
            match field {
                (1, Field::Bytes(name)) => family.name = text(name)?,
                (2, Field::Bytes(help)) => family.help = text(help)?,
                (3, Field::Number(GAUGE)) => {}
                (4, Field::Bytes(metric)) => {
                    let (labels, value) = gauge(metric)?;
                    // A label set occurs at most once.
                    family.values.insert(labels, value).is_none().then_some(())?;
                }
                _ => return None,
            }
        }
        families.push(family);
    }
    Some(families)
}

/// Parses a `Metric` message with a gauge.
fn gauge(bytes: &[u8]) -> Option<(Labels, f64)> {
    let (mut labels, mut number) = (Labels::new(), None);
    for field in fields(bytes)? {
        match field {
            (1, Field::Bytes(pair)) => {
                // Fields with default values may be omitted.
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

/// Parses the fields of a message, with their numbers.
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

/// Reads a length-delimited value.
fn delimited<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint(bytes)?).ok()?;
    let (field, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(field)
}

/// Reads a base-128 varint.
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
