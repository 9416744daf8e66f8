//! The `Authorization` headers of a request, one a line, against a reading that is slow and obvious.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ops::__fuzz::{Credentials, credentials};

fuzz_target!(|bytes: &[u8]| {
    let values: Vec<&[u8]> = if bytes.is_empty() { Vec::new() } else { bytes.split(|&byte| byte == b'\n').collect() };
    let Some((read, shown)) = credentials(&values) else { return };
    assert_eq!(read, expected(&values));
    if let Credentials::Basic(user, secret) = &read {
        assert_eq!(shown, format!("Basic {{ user: {user:?}, .. }}"), "and nothing of {secret}");
    }
    if let Credentials::Bearer(_) = read {
        assert_eq!(shown, "Bearer(..)");
    }
});

fn expected(values: &[&[u8]]) -> Credentials {
    match values {
        [] => Credentials::None,
        [value] => std::str::from_utf8(value).ok().and_then(read).unwrap_or(Credentials::Unusable),
        _ => Credentials::Unusable,
    }
}

fn read(value: &str) -> Option<Credentials> {
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

/// The bytes that Base64 writes as `text`, and as nothing else.
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
