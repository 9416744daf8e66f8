//! Maximum lengths of credentials.

/// Maximum length of a password, in bytes.
pub const MAX_PASSWORD: usize = 1024;

/// Maximum length of the name of a user or a role, in bytes.
pub const MAX_USER_NAME: usize = 128;

/// Maximum length of a token, in bytes.
pub const MAX_TOKEN: usize = 128;
