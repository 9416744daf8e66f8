//! Percent-encoding (RFC 3986, section 2.1).

use zeroize::Zeroizing;

/// Decodes percent-encoded octets. Returns `None` if one is malformed or the result is not UTF-8.
pub(super) fn decode(text: &str) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { digit(rest.next()?)? << 4 | digit(rest.next()?)? } else { byte });
    }
    std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

/// Encodes characters that are not allowed in a path or query.
///
/// Octets that are already encoded are unchanged.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_octets_and_rejects_malformed_ones() {
        assert_eq!(decode("a%20%c3%A9é").unwrap().as_str(), "a éé");
        for text in ["%", "%2", "%zz", "%+1", "%ff", "%c3"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    #[test]
    fn does_not_encode_twice() {
        assert_eq!(encode("/a%20b/é?q={x}&r=\"y\"|z"), "/a%20b/%C3%A9?q=%7Bx%7D&r=%22y%22%7Cz");
    }
}
