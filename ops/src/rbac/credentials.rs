//! The rules for credentials: what the `Authorization` header can carry and a policy accepts. Whoever makes, stores, sends or reads
//! credentials asks these.

use super::PolicyError;
use super::lengths::{MAX_PASSWORD, MAX_TOKEN, MAX_USER_NAME};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use zeroize::Zeroizing;

/// Credentials that a client sends: a user with a password, or a token.
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
    /// A user and a password, for the Basic scheme (RFC 7617). A password that no policy accepts, as an empty one, is sent too.
    ///
    /// # Errors
    /// [`PolicyError::InvalidName`] for a name with a `:` or a control character, [`PolicyError::PasswordCharacters`] for a
    /// password with a control character.
    pub fn basic(user: &str, password: &str) -> Result<Credentials, PolicyError> {
        check_user_name(user)?;
        check_password_characters(password)?;
        let pair = Zeroizing::new(format!("{user}:{password}"));
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        Ok(Credentials(Zeroizing::new(format!("Basic {}", *encoded))))
    }

    /// A token, for the Bearer scheme (RFC 6750).
    ///
    /// # Errors
    /// [`PolicyError::InvalidToken`] for anything but 1 to [`MAX_TOKEN`] letters, digits and `-._~+/=`.
    pub fn bearer(token: &str) -> Result<Credentials, PolicyError> {
        check_token(token)?;
        Ok(Credentials(Zeroizing::new(format!("Bearer {token}"))))
    }

    /// The value of the `Authorization` header.
    pub fn authorization(&self) -> &str {
        &self.0
    }
}

/// Checks a name of a user or a role: one that fits into a Basic credential and into one line of a log.
pub(crate) fn check_user_name(name: &str) -> Result<(), PolicyError> {
    let is_legal = (1..=MAX_USER_NAME).contains(&name.len()) && !name.contains(|c: char| c == ':' || c.is_control());
    if is_legal { Ok(()) } else { Err(PolicyError::InvalidName { name: name.to_owned() }) }
}

/// Checks a password, of which no error has a part.
pub(crate) fn check_password(password: &str) -> Result<(), PolicyError> {
    if !(1..=MAX_PASSWORD).contains(&password.len()) {
        return Err(PolicyError::PasswordLength { bytes: password.len() });
    }
    check_password_characters(password)
}

/// A Basic credential has no control characters (RFC 7617, section 2).
fn check_password_characters(password: &str) -> Result<(), PolicyError> {
    if password.contains(char::is_control) { Err(PolicyError::PasswordCharacters) } else { Ok(()) }
}

/// Checks a token.
pub(crate) fn check_token(token: &str) -> Result<(), PolicyError> {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(is_legal) {
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
    fn credentials_that_no_header_carries_are_refused() {
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
    fn a_password_that_no_login_can_send_is_refused() {
        for (password, message) in [
            ("", "a password of 0 bytes is refused: use 1 to 1024 bytes"),
            (
                "x\u{7f}",
                "a password with a control character is refused: no login can send it; use printable characters",
            ),
            ("x\ty", "a password with a control character is refused: no login can send it; use printable characters"),
        ] {
            assert_eq!(check_password(password).unwrap_err().to_string(), message);
        }
        assert!(check_password(&"x".repeat(1025)).is_err() && check_password("pass wörd:").is_ok());
    }
}
