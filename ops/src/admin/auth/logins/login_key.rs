//! Keys of cached logins: HMACs, so that the cache holds no password.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::io;

/// A generator of login keys with a random secret.
#[derive(Clone)]
pub(super) struct LoginKeys(Hmac<Sha256>);

/// The HMAC of a user name, stored hash, password and policy generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LoginKey([u8; 32]);

impl LoginKeys {
    /// Creates keys with a random secret.
    ///
    /// # Errors
    /// If the system provides no randomness.
    pub(super) fn new() -> io::Result<LoginKeys> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        Hmac::new_from_slice(&secret).map(LoginKeys).map_err(io::Error::other)
    }

    /// Returns the key of a login.
    ///
    /// Each part is prefixed with its length, so that the encoding is unambiguous.
    pub(super) fn of(&self, user: &str, hash: &str, password: &str, generation: u64) -> LoginKey {
        let mut mac = self.0.clone();
        for part in [user, hash, password] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        mac.update(&generation.to_le_bytes());
        LoginKey(mac.finalize().into_bytes().into())
    }
}

impl std::fmt::Debug for LoginKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LoginKeys(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn logins_with_equal_concatenations_have_different_keys() {
        let keys = LoginKeys::new().unwrap();
        let text = "alice$argon2id$hash:s3cr3t";
        let mut seen = HashSet::new();
        let mut count = 0;
        for first in 0..text.len() {
            for second in first..text.len() {
                seen.insert(keys.of(&text[..first], &text[first..second], &text[second..], 1));
                count += 1;
            }
        }
        assert_eq!(seen.len(), count);
    }

    #[test]
    fn keys_depend_on_the_generation_and_the_secret() {
        let (keys, others) = (LoginKeys::new().unwrap(), LoginKeys::new().unwrap());
        let key = keys.of("alice", "hash", "s3cr3t", 1);
        assert_eq!(key, keys.of("alice", "hash", "s3cr3t", 1));
        assert_ne!(key, keys.of("alice", "hash", "s3cr3t", 2));
        assert_ne!(key, others.of("alice", "hash", "s3cr3t", 1));
    }
}
