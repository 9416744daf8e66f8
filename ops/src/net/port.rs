//! Parsing of port numbers.

use super::redact::without_user_info;

/// Parses a port to listen on. 0 requests any free port.
///
/// # Errors
/// The reason `text` is invalid, and the remedy.
pub(crate) fn port_to_listen_on(text: &str) -> Result<u16, String> {
    number(text).ok_or_else(|| not_a_port(text, 0))
}

/// Parses a port to connect to, which must not be 0.
///
/// # Errors
/// The reason `text` is invalid, and the remedy.
pub(super) fn port_to_connect_to(text: &str) -> Result<u16, String> {
    number(text).filter(|&port| port != 0).ok_or_else(|| not_a_port(text, 1))
}

/// Parses decimal digits. `u16::from_str` would also accept a sign.
fn number(text: &str) -> Option<u16> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn not_a_port(text: &str, min: u16) -> String {
    format!("`{}` is not a port; use a number between {min} and 65535", without_user_info(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_decimal_digits_in_range_only() {
        for (text, port) in [("1", 1), ("9464", 9464), ("65535", 65535), ("0080", 80)] {
            assert_eq!((port_to_connect_to(text), port_to_listen_on(text)), (Ok(port), Ok(port)));
        }
        for text in ["", "65536", "94640", "+80", "-1", "8 0", " 80", "0x50", "http", "８０", "99999999999999999999"]
        {
            let reason = port_to_connect_to(text).unwrap_err();
            assert_eq!(reason, format!("`{}` is not a port; use a number between 1 and 65535", text.escape_debug()));
            assert!(port_to_listen_on(text).is_err(), "{text:?}");
        }
        assert_eq!(port_to_listen_on("0"), Ok(0));
        assert!(port_to_connect_to("0").is_err());
    }
}
