//! The error of a password login.

use std::time::Duration;

/// The reason a password login failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginError {
    /// Unknown user or wrong password.
    InvalidCredentials,
    /// Too many failed attempts; retry after this time.
    Throttled(Duration),
    /// The queue of password checks is full.
    QueueFull,
    /// The password was not verified because the memory for it could not be allocated.
    OutOfMemory,
    /// The verification panicked.
    Panicked,
}
