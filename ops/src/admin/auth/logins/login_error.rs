//! Reasons a password login fails.

use std::time::Duration;

/// The reason a password login failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginError {
    /// Unknown user or wrong password.
    InvalidCredentials,
    /// Too many failed attempts; retry after this time.
    Throttled(Duration),
    /// The queue of password verifications is full.
    QueueFull,
    /// The memory for the verification could not be allocated.
    OutOfMemory,
    /// The verification panicked.
    Panicked,
}
