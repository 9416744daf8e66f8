//! The longest credentials that are accepted.

/// The longest password, in bytes.
pub const MAX_PASSWORD: usize = 1024;

/// The longest name of a user or a role, in bytes.
pub const MAX_USER_NAME: usize = 128;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 128;
