//! Why a login is none.

use std::time::Duration;

/// Why a login is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admin) enum Refusal {
    /// The user or the password is wrong.
    Wrong,
    /// There were too many wrong ones: it is looked at again after this long.
    TooMany(Duration),
    /// Too many are waiting to be checked.
    Busy,
    /// There is no memory to check it in. That says nothing about the password.
    NoMemory,
    /// The check broke.
    Broken,
}
