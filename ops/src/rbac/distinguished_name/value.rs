//! Values of attributes: text in any of the string types of ASN.1, or something else.

use std::fmt::{self, Write};

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AttributeValue {
    /// A text, whatever its string type is.
    Text(String),
    /// Something that is no text: the tag and the content of its DER.
    Other(u8, Vec<u8>),
}

/// A value as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ComparedValue {
    Text(String),
    Other(u8, Vec<u8>),
}

impl AttributeValue {
    /// Returns the value whose DER has this tag and content.
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
            // What is not ASCII there is Latin-1 in practice, and shown so by OpenSSL.
            NUMERIC | PRINTABLE | TELETEX | IA5 | VISIBLE => Some(latin_1(content)),
            BMP => {
                let pairs = content.chunks_exact(2);
                let is_whole = pairs.remainder().is_empty();
                let units: Vec<_> = pairs.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
                String::from_utf16(&units).ok().filter(|_| is_whole)
            }
            _ => None,
        };
        text.map_or_else(|| AttributeValue::Other(tag, content.to_owned()), AttributeValue::Text)
    }

    /// Returns the value with this DER; `None` if it is none.
    pub(crate) fn of_encoded(der: &[u8]) -> Option<AttributeValue> {
        let (&[tag, length], rest) = der.split_first_chunk::<2>()?;
        let (length, content) = match length {
            0..=0x7f => (usize::from(length), rest),
            // More than 64 KiB is no name.
            0x81 | 0x82 => {
                let (digits, content) = rest.split_at_checked(usize::from(length & 0x7f))?;
                (digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit)), content)
            }
            _ => return None,
        };
        (content.len() == length).then(|| AttributeValue::of_der(tag, content))
    }

    /// Returns the value as it is compared: a text without regard to case and to how many spaces are between its words (RFC 5280,
    /// section 7.1, of which this leaves out what needs tables of Unicode). No character is left out, so that nothing that
    /// cannot be seen makes two names the same.
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

/// Spaces of any width, but no line breaks and no other control characters.
fn is_space(character: char) -> bool {
    character.is_whitespace() && !character.is_control()
}

/// The character without its case.
fn folded(character: char) -> impl Iterator<Item = char> {
    // At the end of a word it is the same letter.
    let character = if character == 'ς' { 'σ' } else { character };
    character.to_lowercase()
}

pub(super) fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// As RFC 4514 writes it. Control characters are escaped, so that no value makes two lines of one.
impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AttributeValue::Text(text) => {
                let last = text.chars().count().saturating_sub(1);
                for (at, character) in text.chars().enumerate() {
                    let is_at_an_end = at == 0 || at == last;
                    match character {
                        '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{character}")?,
                        ' ' if is_at_an_end => f.write_str("\\ ")?,
                        '#' if at == 0 => f.write_str("\\#")?,
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
