//! Reasons an authentication attempt fails.

use std::time::Duration;

/// Reasons an authentication attempt fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginError {
    /// The user or the password is wrong.
    InvalidCredentials,
    /// Too many attempts failed: the next one is considered after this time.
    Throttled(Duration),
    /// The queue of password checks is full.
    QueueFull,
    /// There is no memory to verify the password in, which says nothing about the password.
    OutOfMemory,
    /// The verification panicked.
    Panicked,
}
