//! Fuzzes the `Authorization` header parser against a simple reference implementation.
//!
//! Each line of the input is the value of one header. Also checks that `Debug` output contains no secret.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ops::__fuzz::{Credentials, credentials};

fuzz_target!(|bytes: &[u8]| {
    let values: Vec<&[u8]> = if bytes.is_empty() { Vec::new() } else { bytes.split(|&byte| byte == b'\n').collect() };
    let Some((parsed, debug)) = credentials(&values) else { return };
    assert_eq!(parsed, expected(&values));
    if let Credentials::Basic(user, secret) = &parsed {
        assert_eq!(debug, format!("Basic {{ user: {user:?}, .. }}"), "`Debug` output must not contain {secret:?}");
    }
    if let Credentials::Bearer(_) = parsed {
        assert_eq!(debug, "Bearer(..)");
    }
});

/// Parses the headers of a request; more than one is unusable.
fn expected(values: &[&[u8]]) -> Credentials {
    match values {
        [] => Credentials::None,
        [value] => std::str::from_utf8(value).ok().and_then(parse).unwrap_or(Credentials::Unusable),
        _ => Credentials::Unusable,
    }
}

/// Parses one header; `None` if it is unusable.
fn parse(value: &str) -> Option<Credentials> {
    let (scheme, rest) = value.split_once(' ')?;
    if value.len() > 8 * 1024 {
        return None;
    }
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => {
            let is_legal = |char: char| char.is_ascii_alphanumeric() || "-._~+/=".contains(char);
            ((1..=128).contains(&rest.len()) && rest.chars().all(is_legal))
                .then(|| Credentials::Bearer(rest.to_owned()))
        }
        "basic" => {
            let text = String::from_utf8(decode(rest)?).ok()?;
            let (user, password) = text.split_once(':')?;
            let is_legal = (1..=128).contains(&user.len())
                && (1..=1024).contains(&password.len())
                && !text.chars().any(char::is_control);
            is_legal.then(|| Credentials::Basic(user.to_owned(), password.to_owned()))
        }
        _ => None,
    }
}

/// Decodes canonical, padded Base64; `None` for any other text.
fn decode(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bits = String::new();
    for digit in digits.chars() {
        bits += &format!("{:06b}", DIGITS.find(digit)?);
    }
    let (bytes, rest) = bits.split_at(bits.len() / 8 * 8);
    if rest.contains('1') || rest.len() >= 6 {
        return None;
    }
    bytes.as_bytes().chunks(8).map(|byte| u8::from_str_radix(std::str::from_utf8(byte).ok()?, 2).ok()).collect()
}
