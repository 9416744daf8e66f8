//! Parser for distinguished names in the formats of RFC 4514 and OpenSSL.

use super::attribute::{Attribute, RelativeName};
use super::attribute_type::object_identifier;
use super::value::{AttributeValue, latin_1};
use std::iter::Peekable;
use std::str::Chars;

const EMPTY: &str = "invalid subject: empty; copy what `openssl x509 -noout -subject -nameopt RFC2253` prints";
const NO_TYPE: &str = "invalid subject: a part has no attribute type; write it as `CN=alice,O=Example`, and `\\,` for a \
                       comma in a value";
const UNKNOWN_TYPE: &str =
    "invalid subject: unknown attribute type; write its object identifier, as in `2.5.4.3=alice`";
const HEXADECIMAL: &str = "invalid subject: the value after `#` is not DER in hexadecimal digits; write `\\#` for a \
                           number sign at the beginning of a value";
const QUOTES: &str = "invalid subject: unbalanced quotation mark; write `\\\"` for one in a value";
const ESCAPE: &str = "invalid subject: trailing backslash; write `\\\\` for one";
const ENCODING: &str = "invalid subject: escaped bytes are not UTF-8; copy what `openssl x509 -noout -subject -nameopt \
                        RFC2253` prints";

/// Parses a name with an optional `subject=` prefix.
pub(super) fn parse(text: &str) -> Result<Vec<RelativeName>, &'static str> {
    // Only the start is trimmed, because a trailing space may be escaped.
    let text = without_label(text.trim_start());
    if text.is_empty() {
        return Err(EMPTY);
    }
    match text.strip_prefix('/') {
        Some(text) => parse_slashes(text),
        None => Parser { rest: text.chars().peekable() }.parse(),
    }
}

/// Strips the `subject=` prefix that OpenSSL prints.
fn without_label(text: &str) -> &str {
    const LABEL: &str = "subject";
    let Some((label, rest)) = text.split_at_checked(LABEL.len()) else { return text };
    match rest.trim_start().strip_prefix(['=', ':']) {
        Some(subject) if label.eq_ignore_ascii_case(LABEL) => subject.trim_start(),
        _ => text,
    }
}

/// Parses `C=US/O=Example/CN=alice`, the legacy format of OpenSSL.
///
/// Not all programs escape slashes and plus signs in a value, so they are separators only before an attribute type.
fn parse_slashes(text: &str) -> Result<Vec<RelativeName>, &'static str> {
    let mut names: Vec<Vec<(String, Vec<u8>)>> = Vec::new();
    let (mut rest, mut separator) = (text, '/');
    loop {
        if let Some((identifier, value)) = attribute(rest) {
            if separator == '/' {
                names.push(Vec::new());
            }
            if let Some(name) = names.last_mut() {
                name.push((identifier, Vec::new()));
            }
            rest = value;
        } else if let Some((_, value)) = names.last_mut().and_then(|name| name.last_mut()) {
            push(value, separator);
        } else {
            return Err(if rest.contains('=') { UNKNOWN_TYPE } else { NO_TYPE });
        }
        let Some((_, value)) = names.last_mut().and_then(|name| name.last_mut()) else { return Err(NO_TYPE) };
        match unescape_until_separator(rest, value) {
            Some((found, after)) => (separator, rest) = (found, after),
            None => break,
        }
    }
    let attribute = |(identifier, bytes)| {
        let text = String::from_utf8(bytes).unwrap_or_else(|error| latin_1(error.as_bytes()));
        Attribute { identifier, value: AttributeValue::Text(text) }
    };
    Ok(names.into_iter().map(|name| name.into_iter().map(attribute).collect()).collect())
}

/// Parses the attribute type at the start of `text`. Returns its identifier and the remaining text.
fn attribute(text: &str) -> Option<(String, &str)> {
    let (name, value) = text.split_once('=')?;
    Some((object_identifier(name.trim())?, value))
}

/// Unescapes a value up to the next separator into `to`. Returns the separator and the remaining text.
///
/// `\xC3` is an escaped byte. A backslash escapes a separator.
fn unescape_until_separator<'a>(text: &'a str, to: &mut Vec<u8>) -> Option<(char, &'a str)> {
    let mut rest = text;
    loop {
        let Some(next) = rest.find(['/', '+', '\\']) else {
            to.extend_from_slice(rest.as_bytes());
            return None;
        };
        to.extend_from_slice(&rest.as_bytes()[..next]);
        let found = char::from(rest.as_bytes()[next]);
        rest = &rest[next + 1..];
        if found != '\\' {
            return Some((found, rest));
        }
        let escaped = rest.strip_prefix('x').and_then(|digits| Some((digits.get(..2)?, digits.get(2..)?)));
        match escaped.and_then(|(digits, after)| Some((u8::from_str_radix(digits, 16).ok()?, after))) {
            Some((byte, after)) => {
                to.push(byte);
                rest = after;
            }
            None => match rest.strip_prefix(['/', '+']) {
                Some(after) => {
                    to.push(rest.as_bytes()[0]);
                    rest = after;
                }
                None => to.push(b'\\'),
            },
        }
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Parser for the RFC 4514 format, `CN=alice,O=Example`.
struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    fn parse(mut self) -> Result<Vec<RelativeName>, &'static str> {
        let mut names = vec![Vec::new()];
        loop {
            let attribute = Attribute { identifier: self.identifier()?, value: self.value()? };
            if let Some(name) = names.last_mut() {
                name.push(attribute);
            }
            match self.rest.next() {
                None => return Ok(names),
                Some('+') => {}
                Some(_) => names.push(Vec::new()),
            }
        }
    }

    /// Parses an attribute type and the `=` after it.
    fn identifier(&mut self) -> Result<String, &'static str> {
        let mut name = String::new();
        loop {
            match self.rest.next() {
                Some('=') => return object_identifier(name.trim()).ok_or(UNKNOWN_TYPE),
                None | Some(',' | ';' | '+') => return Err(NO_TYPE),
                Some(character) => name.push(character),
            }
        }
    }

    /// Parses a value up to the next separator.
    fn value(&mut self) -> Result<AttributeValue, &'static str> {
        self.skip_spaces();
        match self.rest.peek() {
            Some('#') => self.hexadecimal(),
            Some('"') => self.quoted(),
            _ => self.plain(),
        }
    }

    fn hexadecimal(&mut self) -> Result<AttributeValue, &'static str> {
        self.rest.next();
        let mut digits = String::new();
        while let Some(character) = self.rest.next_if(|&character| !is_separator(character)) {
            digits.push(character);
        }
        let pairs = digits.trim_end().as_bytes().chunks_exact(2);
        let is_even = pairs.remainder().is_empty();
        let bytes = pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
        let bytes = bytes.collect::<Option<Vec<_>>>().filter(|_| is_even);
        bytes.and_then(|der| AttributeValue::of_encoded(&der)).ok_or(HEXADECIMAL)
    }

    fn quoted(&mut self) -> Result<AttributeValue, &'static str> {
        self.rest.next();
        let mut bytes = Vec::new();
        loop {
            match self.rest.next().ok_or(QUOTES)? {
                '"' => break,
                '\\' => self.escaped(&mut bytes)?,
                character => push(&mut bytes, character),
            }
        }
        self.skip_spaces();
        if self.rest.peek().is_some_and(|&character| !is_separator(character)) {
            return Err(QUOTES);
        }
        text(bytes)
    }

    fn plain(&mut self) -> Result<AttributeValue, &'static str> {
        let mut bytes = Vec::new();
        // Trailing spaces are not part of the value unless escaped.
        let mut length = 0;
        while let Some(character) = self.rest.next_if(|&character| !is_separator(character)) {
            match character {
                '\\' => self.escaped(&mut bytes)?,
                '"' => return Err(QUOTES),
                character => push(&mut bytes, character),
            }
            if character != ' ' {
                length = bytes.len();
            }
        }
        bytes.truncate(length);
        text(bytes)
    }

    /// Parses the escape sequence after a backslash: two hexadecimal digits or a character.
    fn escaped(&mut self, bytes: &mut Vec<u8>) -> Result<(), &'static str> {
        let character = self.rest.next().ok_or(ESCAPE)?;
        let hexadecimal = |character: char| u8::try_from(character).ok().and_then(digit);
        let low = self.rest.peek().copied().and_then(hexadecimal);
        match hexadecimal(character).zip(low) {
            Some((high, low)) => {
                self.rest.next();
                bytes.push(high << 4 | low);
            }
            None => push(bytes, character),
        }
        Ok(())
    }

    fn skip_spaces(&mut self) {
        while self.rest.next_if_eq(&' ').is_some() {}
    }
}

fn is_separator(character: char) -> bool {
    matches!(character, ',' | ';' | '+')
}

fn push(bytes: &mut Vec<u8>, character: char) {
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn text(bytes: Vec<u8>) -> Result<AttributeValue, &'static str> {
    String::from_utf8(bytes).map(AttributeValue::Text).map_err(|_error| ENCODING)
}
