//! Errors of changes to a policy.

use super::CertificateName;
use std::error::Error;
use std::fmt;

/// Reasons a policy rejects a change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// The policy has no user of that name.
    NoSuchUser {
        /// The name that was asked for.
        user: String,
    },
    /// The policy has no role of that name.
    NoSuchRole {
        /// The name that was asked for.
        role: String,
    },
    /// The text is not a permission, with or without a `*` at its end.
    InvalidGrant {
        /// The text.
        text: String,
    },
    /// The name of a user or a role is invalid.
    InvalidName {
        /// The name.
        name: String,
    },
    /// A password that is empty or too long.
    PasswordLength {
        /// The length that was refused.
        bytes: usize,
    },
    /// A password with a control character, which no login can send.
    PasswordCharacters,
    /// A text that is not a token.
    InvalidToken,
    /// A cost out of the range that is accepted.
    Cost {
        /// What is out of range.
        parameter: &'static str,
        /// What was asked for.
        value: u32,
        /// The least that is accepted.
        least: u32,
        /// The most that is accepted.
        most: u32,
    },
    /// The password hash is invalid, or not one that this policy can verify.
    InvalidHash {
        /// What is wrong with it, and what to do.
        reason: &'static str,
    },
    /// The digest of a token is invalid.
    InvalidDigest,
    /// The name in a certificate is invalid.
    InvalidCertificateName {
        /// What is wrong with it, and what to do.
        reason: &'static str,
    },
    /// Two users would have the same certificate.
    CertificateTaken {
        /// The name in it.
        name: CertificateName,
        /// Who has it.
        user: String,
    },
    /// Two users would have the same token.
    TokenTaken {
        /// Who has it.
        user: String,
    },
    /// The system has no randomness for a token.
    Randomness {
        /// What the system says.
        reason: String,
    },
    /// The password could not be hashed, for want of memory or of randomness.
    Hashing {
        /// What the algorithm says.
        reason: String,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyError::NoSuchUser { user } => {
                write!(f, "no user is called `{}`: add the user first", user.escape_debug())
            }
            PolicyError::NoSuchRole { role } => {
                write!(f, "no role is called `{}`: add the role first", role.escape_debug())
            }
            PolicyError::InvalidGrant { text } => write!(
                f,
                "`{}` is not a permission: write words of `[a-z0-9_-]` joined by `:`, the last may be `*`",
                text.escape_debug()
            ),
            PolicyError::InvalidName { name } => write!(
                f,
                "`{}` cannot be a name: use 1 to {} bytes without `:` and control characters",
                name.escape_debug(),
                super::MAX_USER_NAME
            ),
            PolicyError::PasswordLength { bytes } => {
                write!(f, "a password of {bytes} bytes is refused: use 1 to {} bytes", super::MAX_PASSWORD)
            }
            PolicyError::PasswordCharacters => f.write_str(
                "a password with a control character is refused: no login can send it; use printable characters",
            ),
            PolicyError::InvalidToken => write!(
                f,
                "the text is not a token; use 1 to {} letters, digits and `-._~+/=`, as `opsctl token` prints",
                super::MAX_TOKEN
            ),
            PolicyError::Cost { parameter, value, least, most } => {
                write!(f, "a {parameter} of {value} is refused: use {least} to {most}")
            }
            PolicyError::InvalidHash { reason } => write!(f, "the hash of the password cannot be used: {reason}"),
            PolicyError::InvalidDigest => {
                f.write_str("the digest of a token is written as 64 hexadecimal digits, those of its SHA-256")
            }
            PolicyError::InvalidCertificateName { reason } => f.write_str(reason),
            PolicyError::CertificateTaken { name, user } => {
                write!(f, "the certificate with `{name}` is already that of `{}`", user.escape_debug())
            }
            PolicyError::TokenTaken { user } => {
                write!(f, "the token is already that of `{}`: make another with `opsctl token`", user.escape_debug())
            }
            PolicyError::Randomness { reason } => write!(f, "the system has no randomness for a token: {reason}"),
            PolicyError::Hashing { reason } => write!(f, "the password could not be hashed: {reason}"),
        }
    }
}

impl Error for PolicyError {}
