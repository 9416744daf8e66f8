//! Credentials in the `Authorization` header of a request.

use crate::audit::Authentication;
use crate::rbac::{check_password, check_token, check_user_name};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use zeroize::Zeroizing;

/// Maximum length of an `Authorization` header, in bytes.
const MAX_AUTHORIZATION: usize = 8 * 1024;

/// The credentials of a request.
///
/// `Debug` shows no secret, and secrets are zeroized on drop.
#[derive(PartialEq, Eq)]
pub(crate) enum Credentials {
    /// No `Authorization` header.
    None,
    /// A user name and a password (RFC 7617).
    Basic { user: String, password: Zeroizing<String> },
    /// A bearer token (RFC 6750). Accepted in the header only, not in a query, cookie or body.
    Bearer(Zeroizing<String>),
    /// A malformed, duplicate or unsupported header.
    Unusable(UnusableCredentials),
}

/// The reason an `Authorization` header is rejected before any verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnusableCredentials {
    Repeated,
    TooLong,
    Scheme,
    Basic,
    Bearer,
}

impl UnusableCredentials {
    /// Returns the kind of credentials that the header names, if known.
    pub(crate) fn authentication(self) -> Option<Authentication> {
        match self {
            UnusableCredentials::Repeated | UnusableCredentials::TooLong | UnusableCredentials::Scheme => None,
            UnusableCredentials::Basic => Some(Authentication::Basic),
            UnusableCredentials::Bearer => Some(Authentication::Bearer),
        }
    }
}

impl fmt::Display for UnusableCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UnusableCredentials::Repeated => "duplicate `Authorization` header; send exactly one",
            UnusableCredentials::TooLong => {
                "invalid `Authorization` header: longer than 8 KiB; send shorter credentials"
            }
            UnusableCredentials::Scheme => "unsupported `Authorization` scheme; use `Basic` or `Bearer`",
            UnusableCredentials::Basic => {
                "malformed `Basic` credentials; send the Base64 encoding of `user:password` in UTF-8"
            }
            UnusableCredentials::Bearer => "malformed `Bearer` token; send a single token as it was issued",
        })
    }
}

impl Credentials {
    /// Parses the credentials of a request.
    ///
    /// Strict: accepts a single header, one space after the scheme, and canonical Base64 of UTF-8 without control characters.
    pub(crate) fn of(headers: &HeaderMap) -> Credentials {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (None, _) => Credentials::None,
            (Some(value), None) => parse(value.as_bytes()).unwrap_or_else(Credentials::Unusable),
            (Some(_), Some(_)) => Credentials::Unusable(UnusableCredentials::Repeated),
        }
    }
}

fn parse(value: &[u8]) -> Result<Credentials, UnusableCredentials> {
    if value.len() > MAX_AUTHORIZATION {
        return Err(UnusableCredentials::TooLong);
    }
    let mut parts = value.splitn(2, |&byte| byte == b' ');
    let (scheme, encoded) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return bearer(encoded).ok_or(UnusableCredentials::Bearer);
    }
    if scheme.eq_ignore_ascii_case(b"basic") {
        return basic(encoded).ok_or(UnusableCredentials::Basic);
    }
    Err(UnusableCredentials::Scheme)
}

fn bearer(token: &[u8]) -> Option<Credentials> {
    let token = std::str::from_utf8(token).ok()?;
    check_token(token).ok()?;
    Some(Credentials::Bearer(token.to_owned().into()))
}

fn basic(encoded: &[u8]) -> Option<Credentials> {
    // Decoded into a zeroized buffer, so that a partially decoded password is erased as well.
    let mut buffer = Zeroizing::new(vec![0; encoded.len()]);
    let length = STANDARD.decode_slice(encoded, &mut buffer).ok()?;
    let decoded = std::str::from_utf8(&buffer[..length]).ok()?;
    let (user, password) = decoded.split_once(':')?;
    check_user_name(user).and_then(|()| check_password(password)).ok()?;
    Some(Credentials::Basic { user: user.to_owned(), password: password.to_owned().into() })
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credentials::None => f.write_str("None"),
            Credentials::Basic { user, .. } => f.debug_struct("Basic").field("user", user).finish_non_exhaustive(),
            Credentials::Bearer(_) => f.write_str("Bearer(..)"),
            Credentials::Unusable(reason) => f.debug_tuple("Unusable").field(reason).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const MALFORMED: Credentials = Credentials::Unusable(UnusableCredentials::Basic);

    fn of(values: &[&[u8]]) -> Credentials {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        Credentials::of(&headers)
    }

    fn basic_of(text: impl AsRef<[u8]>) -> Credentials {
        of(&[format!("Basic {}", STANDARD.encode(text)).as_bytes()])
    }

    fn user(user: &str, password: &str) -> Credentials {
        Credentials::Basic { user: user.to_owned(), password: password.to_owned().into() }
    }

    #[test]
    fn parses_basic_credentials() {
        assert_eq!(of(&[]), Credentials::None);
        assert_eq!(of(&[b"Basic YWxpY2U6czNjcjN0"]), user("alice", "s3cr3t"));
        assert_eq!(of(&[b"bAsIc YWxpY2U6czNjcjN0"]), user("alice", "s3cr3t"));
        assert_eq!(basic_of("alice:a:b"), user("alice", "a:b"), "a password may contain a colon");
        assert_eq!(basic_of("zoë:pässword"), user("zoë", "pässword"));
        assert_eq!(basic_of(format!("a:{}", "x".repeat(1024))), user("a", &"x".repeat(1024)));
    }

    #[test]
    fn parses_bearer_tokens() {
        for value in [&b"Bearer ops_aZ09-_"[..], b"bEaReR ops_aZ09-_"] {
            assert_eq!(of(&[value]), Credentials::Bearer("ops_aZ09-_".to_owned().into()));
        }
        let long = |length| format!("Bearer {}", "x".repeat(length));
        assert_eq!(of(&[long(128).as_bytes()]), Credentials::Bearer("x".repeat(128).into()));
        assert_eq!(of(&[long(129).as_bytes()]), Credentials::Unusable(UnusableCredentials::Bearer));
    }

    #[test]
    fn rejects_ambiguous_authorization_headers() {
        let good: &[u8] = b"Basic YWxpY2U6czNjcjN0";
        for values in [
            &[good, good][..],
            &[good, b"Bearer x"],
            &[b"Bearer"],
            &[b"Bearer "],
            &[b"Bearer x y"],
            &[b"Bearer  x"],
            &[b"Bearer x,y"],
            &[b"Bearer \xc3\xa9"],
            &[b"Digest x"],
            &[b""],
            &[b"Basic"],
            &[b"Basic "],
            &[b"Basic  YWxpY2U6czNjcjN0"],
            &[b"Basic\tYWxpY2U6czNjcjN0"],
            &[b"BasicYWxpY2U6czNjcjN0"],
            &[b"Basic YWxpY2U6czNjcjN0 x"],
            &[b"Basic YWxpY2U6czNjcjN0, Basic YWxpY2U6czNjcjN0"],
            &[b"Basic YTpiYw"],
            &[b"Basic YTpiYx=="],
            &[b"Basic YTpi-_=="],
            &[b"Basic \xff\xff"],
        ] {
            assert!(matches!(of(values), Credentials::Unusable(_)), "{values:?}");
        }
    }

    #[test]
    fn rejects_user_names_and_passwords_that_no_policy_accepts() {
        for text in ["", "alice", ":", "alice:", ":secret", "alice\0:x", "alice:x\n", "a\u{7f}:x", "a\u{85}:x"] {
            assert_eq!(basic_of(text), MALFORMED, "{text:?}");
        }
        assert_eq!(basic_of(b"alice:\xff"), MALFORMED);
        assert_eq!(basic_of(format!("{}:x", "a".repeat(129))), MALFORMED);
        assert_eq!(basic_of(format!("a:{}", "x".repeat(1025))), MALFORMED);
        assert_eq!(basic_of(format!("a:{}", "x".repeat(9000))), Credentials::Unusable(UnusableCredentials::TooLong));
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", user("alice", "s3cr3t")), r#"Basic { user: "alice", .. }"#);
        assert_eq!(format!("{:?}", of(&[b"Bearer s3cr3t"])), "Bearer(..)");
    }
}
