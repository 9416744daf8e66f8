//! Errors of policy changes.

use super::CertificateName;
use std::error::Error;
use std::fmt;

/// Reasons a policy change is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// Unknown user.
    NoSuchUser {
        /// The name of the user.
        user: String,
    },
    /// Unknown role.
    NoSuchRole {
        /// The name of the role.
        role: String,
    },
    /// Invalid grant: neither a permission nor a permission pattern with a trailing `*`.
    InvalidGrant {
        /// The rejected text.
        text: String,
    },
    /// Invalid name of a user or a role.
    InvalidName {
        /// The rejected name.
        name: String,
    },
    /// An empty password, or one longer than [`MAX_PASSWORD`](super::MAX_PASSWORD) bytes.
    PasswordLength {
        /// The length of the password, in bytes.
        bytes: usize,
    },
    /// A password with a control character, which Basic authentication cannot send.
    PasswordCharacters,
    /// Invalid token: empty, too long, or with characters that an `Authorization` header cannot carry.
    InvalidToken,
    /// An argon2id cost parameter out of range.
    Cost {
        /// The name of the parameter.
        parameter: &'static str,
        /// The rejected value.
        value: u32,
        /// The minimum value.
        least: u32,
        /// The maximum value.
        most: u32,
    },
    /// The password hash is malformed, unsupported, or of a different cost than the policy.
    InvalidHash {
        /// The reason and the remedy.
        reason: &'static str,
    },
    /// Invalid token digest: not 64 hexadecimal digits.
    InvalidDigest,
    /// Invalid certificate name.
    InvalidCertificateName {
        /// The complete message: the failure, its reason and the remedy.
        reason: &'static str,
    },
    /// The certificate name is already assigned to another user.
    CertificateTaken {
        /// The certificate name.
        name: CertificateName,
        /// The user to whom it is assigned.
        user: String,
    },
    /// The token is already assigned to another user.
    TokenTaken {
        /// The user to whom it is assigned.
        user: String,
    },
    /// The operating system failed to provide random bytes for a token or a salt.
    Randomness {
        /// The error of the operating system.
        reason: String,
    },
    /// The password could not be hashed, for example because memory allocation failed.
    Hashing {
        /// The error of the hash function.
        reason: String,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyError::NoSuchUser { user } => {
                write!(f, "unknown user `{}`; add the user first", user.escape_debug())
            }
            PolicyError::NoSuchRole { role } => {
                write!(f, "unknown role `{}`; add the role first", role.escape_debug())
            }
            PolicyError::InvalidGrant { text } => write!(
                f,
                "invalid permission `{}`; use segments of `[a-z0-9_-]` joined by `:`, of which the last may be `*`",
                text.escape_debug()
            ),
            PolicyError::InvalidName { name } => write!(
                f,
                "invalid name `{}`; use 1 to {} bytes without `:` and control characters",
                name.escape_debug(),
                super::MAX_USER_NAME
            ),
            PolicyError::PasswordLength { bytes } => {
                write!(f, "invalid password: {bytes} bytes long; use 1 to {} bytes", super::MAX_PASSWORD)
            }
            PolicyError::PasswordCharacters => {
                f.write_str("invalid password: control characters are not allowed; use printable characters")
            }
            PolicyError::InvalidToken => write!(
                f,
                "invalid token; use 1 to {} letters, digits and `-._~+/=`, as `opsctl token` prints",
                super::MAX_TOKEN
            ),
            PolicyError::Cost { parameter, value, least, most } => {
                write!(f, "invalid argon2id cost: {parameter} must be between {least} and {most}, but is {value}")
            }
            PolicyError::InvalidHash { reason } => write!(f, "invalid password hash: {reason}"),
            PolicyError::InvalidDigest => {
                f.write_str("invalid token digest: not 64 hexadecimal digits; write the SHA-256 of the token")
            }
            PolicyError::InvalidCertificateName { reason } => f.write_str(reason),
            PolicyError::CertificateTaken { name, user } => {
                write!(
                    f,
                    "duplicate certificate name `{name}`: already assigned to user `{}`; assign it to one user only",
                    user.escape_debug()
                )
            }
            PolicyError::TokenTaken { user } => {
                write!(
                    f,
                    "duplicate token: already assigned to user `{}`; generate another with `opsctl token`",
                    user.escape_debug()
                )
            }
            PolicyError::Randomness { reason } => write!(f, "cannot obtain random bytes from the system: {reason}"),
            PolicyError::Hashing { reason } => write!(f, "cannot hash the password: {reason}"),
        }
    }
}

impl Error for PolicyError {}
