//! The user information of a URL.

use super::percent;
use std::fmt;
use zeroize::Zeroizing;

/// The user information of a URL: `user:password` before its host, percent-decoded.
///
/// `Debug` omits the password.
#[derive(Clone, PartialEq, Eq)]
pub struct UserInfo {
    user: String,
    password: Zeroizing<String>,
}

impl UserInfo {
    /// Parses the user information of an authority. Returns `Ok(None)` if it is empty.
    ///
    /// # Errors
    /// The reason and the remedy, without any part of `text`.
    pub(super) fn parse(text: &str) -> Result<Option<UserInfo>, &'static str> {
        if text.is_empty() {
            return Ok(None);
        }
        if text.contains(['\\', '[', ']']) {
            return Err("user information contains a character that must be percent-encoded; write `\\` as `%5C`, \
                        `[` as `%5B` and `]` as `%5D`");
        }
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        match (percent::decode(user), percent::decode(password)) {
            (Some(user), Some(password)) => Ok(Some(UserInfo { user: user.to_string(), password })),
            _ => Err("user information is not percent-encoded UTF-8; write `%` as `%25`"),
        }
    }

    /// Returns the user name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns the password, or an empty string if the URL has none.
    pub fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for UserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserInfo").field("user", &self.user).finish_non_exhaustive()
    }
}
