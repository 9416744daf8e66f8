//! Client credentials, and the validation of user names, passwords and tokens.
//!
//! A policy accepts only names, passwords and tokens that an `Authorization` header can carry.

use super::PolicyError;
use super::lengths::{MAX_PASSWORD, MAX_TOKEN, MAX_USER_NAME};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use zeroize::Zeroizing;

/// Client credentials for the `Authorization` header: a user with a password, or a bearer token.
///
/// ```
/// use ops::rbac::Credentials;
///
/// let credentials = Credentials::basic("alice", "s3cr3t")?;
/// assert_eq!(credentials.authorization(), "Basic YWxpY2U6czNjcjN0");
/// assert_eq!(format!("{credentials:?}"), "Credentials(..)");
/// assert!(Credentials::basic("a:b", "s3cr3t").is_err() && Credentials::bearer("not a token").is_err());
/// # Ok::<(), ops::rbac::PolicyError>(())
/// ```
#[derive(Clone)]
pub struct Credentials(Zeroizing<String>);

impl Credentials {
    /// Creates credentials for the Basic scheme (RFC 7617).
    ///
    /// The password may be empty, although no policy accepts an empty password.
    ///
    /// # Errors
    /// [`PolicyError::InvalidName`] for a user name that is empty, longer than [`MAX_USER_NAME`] bytes, or contains a `:` or a
    /// control character; [`PolicyError::PasswordCharacters`] for a password with a control character.
    pub fn basic(user: &str, password: &str) -> Result<Credentials, PolicyError> {
        check_user_name(user)?;
        check_password_characters(password)?;
        let pair = Zeroizing::new(format!("{user}:{password}"));
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        Ok(Credentials(Zeroizing::new(format!("Basic {}", *encoded))))
    }

    /// Creates credentials for the Bearer scheme (RFC 6750).
    ///
    /// # Errors
    /// [`PolicyError::InvalidToken`] unless `token` is 1 to [`MAX_TOKEN`] letters, digits and `-._~+/=`.
    pub fn bearer(token: &str) -> Result<Credentials, PolicyError> {
        check_token(token)?;
        Ok(Credentials(Zeroizing::new(format!("Bearer {token}"))))
    }

    /// Returns the value of the `Authorization` header.
    pub fn authorization(&self) -> &str {
        &self.0
    }
}

/// Validates the name of a user or a role: it must fit into Basic credentials and a single log line.
pub(crate) fn check_user_name(name: &str) -> Result<(), PolicyError> {
    let is_valid = (1..=MAX_USER_NAME).contains(&name.len()) && !name.contains(|c: char| c == ':' || c.is_control());
    if is_valid { Ok(()) } else { Err(PolicyError::InvalidName { name: name.to_owned() }) }
}

/// Validates a password. Errors contain no part of it.
pub(crate) fn check_password(password: &str) -> Result<(), PolicyError> {
    if !(1..=MAX_PASSWORD).contains(&password.len()) {
        return Err(PolicyError::PasswordLength { bytes: password.len() });
    }
    check_password_characters(password)
}

/// Rejects control characters, which Basic credentials cannot contain (RFC 7617, section 2).
fn check_password_characters(password: &str) -> Result<(), PolicyError> {
    if password.contains(char::is_control) { Err(PolicyError::PasswordCharacters) } else { Ok(()) }
}

/// Validates a token.
pub(crate) fn check_token(token: &str) -> Result<(), PolicyError> {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(is_valid) {
        Ok(())
    } else {
        Err(PolicyError::InvalidToken)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_credentials_that_no_header_can_carry() {
        for (user, password) in [("", "x"), ("a:b", "x"), ("a\n", "x"), ("a", "x\n"), ("a", "\0"), ("a", "x\u{85}")] {
            assert!(Credentials::basic(user, password).is_err(), "{user:?} {password:?}");
        }
        assert_eq!(Credentials::basic("zoë", "a:b").unwrap().authorization(), "Basic em/DqzphOmI=");
        for token in ["", "a b", "é", "a\n", &"x".repeat(129)] {
            assert_eq!(Credentials::bearer(token).unwrap_err(), PolicyError::InvalidToken, "{token:?}");
        }
        assert_eq!(Credentials::bearer("ops_aZ-._~+/=").unwrap().authorization(), "Bearer ops_aZ-._~+/=");
    }

    #[test]
    fn rejects_passwords_that_basic_authentication_cannot_send() {
        for (password, message) in [
            ("", "invalid password: 0 bytes long; use 1 to 1024 bytes"),
            ("x\u{7f}", "invalid password: control characters are not allowed; use printable characters"),
            ("x\ty", "invalid password: control characters are not allowed; use printable characters"),
        ] {
            assert_eq!(check_password(password).unwrap_err().to_string(), message);
        }
        assert!(check_password(&"x".repeat(1025)).is_err() && check_password("pass wörd:").is_ok());
    }
}
