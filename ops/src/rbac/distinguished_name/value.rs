//! Attribute values: text in any ASN.1 string type, or other DER.

use std::fmt::{self, Write};

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AttributeValue {
    /// Text, regardless of its ASN.1 string type.
    Text(String),
    /// A value that is not text: tag and content of its DER encoding.
    Other(u8, Vec<u8>),
}

/// The canonical form of a value, used for comparison.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ComparedValue {
    Text(String),
    Other(u8, Vec<u8>),
}

impl AttributeValue {
    /// Creates a value from the tag and content of its DER encoding.
    fn of_der(tag: u8, content: &[u8]) -> AttributeValue {
        const UTF8: u8 = 0x0c;
        const NUMERIC: u8 = 0x12;
        const PRINTABLE: u8 = 0x13;
        const TELETEX: u8 = 0x14;
        const IA5: u8 = 0x16;
        const VISIBLE: u8 = 0x1a;
        const BMP: u8 = 0x1e;
        let text = match tag {
            UTF8 => std::str::from_utf8(content).ok().map(str::to_owned),
            // In practice, bytes outside ASCII are Latin-1. OpenSSL displays them as such.
            NUMERIC | PRINTABLE | TELETEX | IA5 | VISIBLE => Some(latin_1(content)),
            BMP => {
                let pairs = content.chunks_exact(2);
                let is_even = pairs.remainder().is_empty();
                let units: Vec<_> = pairs.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
                String::from_utf16(&units).ok().filter(|_| is_even)
            }
            _ => None,
        };
        text.map_or_else(|| AttributeValue::Other(tag, content.to_owned()), AttributeValue::Text)
    }

    /// Decodes a DER-encoded value; `None` if it is malformed.
    pub(crate) fn of_encoded(der: &[u8]) -> Option<AttributeValue> {
        let (&[tag, length], rest) = der.split_first_chunk::<2>()?;
        let (length, content) = match length {
            0..=0x7f => (usize::from(length), rest),
            // Lengths of more than two bytes do not occur in names.
            0x81 | 0x82 => {
                let (digits, content) = rest.split_at_checked(usize::from(length & 0x7f))?;
                (digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit)), content)
            }
            _ => return None,
        };
        (content.len() == length).then(|| AttributeValue::of_der(tag, content))
    }

    /// Returns the canonical form: text in lower case with repeated spaces collapsed.
    ///
    /// Follows RFC 5280, section 7.1, without the steps that require Unicode tables. No characters are removed, so that invisible
    /// characters cannot make two names equal.
    pub(super) fn compared(&self) -> ComparedValue {
        match self {
            AttributeValue::Text(text) => {
                let words: Vec<_> =
                    text.split(|character: char| is_space(character)).filter(|word| !word.is_empty()).collect();
                ComparedValue::Text(words.join(" ").chars().flat_map(folded).collect())
            }
            AttributeValue::Other(tag, content) => ComparedValue::Other(*tag, content.clone()),
        }
    }
}

/// Returns `true` for a space of any width, but not for line breaks and other control characters.
fn is_space(character: char) -> bool {
    character.is_whitespace() && !character.is_control()
}

/// Folds the case of a character.
fn folded(character: char) -> impl Iterator<Item = char> {
    // Final sigma is a variant of sigma.
    let character = if character == 'ς' { 'σ' } else { character };
    character.to_lowercase()
}

pub(super) fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Formats the value according to RFC 4514.
///
/// Escapes control characters, so that a value cannot forge log lines.
impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AttributeValue::Text(text) => {
                let last = text.chars().count().saturating_sub(1);
                for (index, character) in text.chars().enumerate() {
                    let is_at_an_end = index == 0 || index == last;
                    match character {
                        '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{character}")?,
                        ' ' if is_at_an_end => f.write_str("\\ ")?,
                        '#' if index == 0 => f.write_str("\\#")?,
                        _ if character.is_control() => {
                            let mut bytes = [0; 4];
                            for byte in character.encode_utf8(&mut bytes).bytes() {
                                write!(f, "\\{byte:02X}")?;
                            }
                        }
                        _ => f.write_char(character)?,
                    }
                }
                Ok(())
            }
            AttributeValue::Other(tag, content) => {
                write!(f, "#{tag:02X}")?;
                match content.len() {
                    length @ 0..=0x7f => write!(f, "{length:02X}")?,
                    length @ 0x80..=0xff => write!(f, "81{length:02X}")?,
                    length => write!(f, "82{length:04X}")?,
                }
                content.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
            }
        }
    }
}
