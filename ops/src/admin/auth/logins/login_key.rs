//! Keys of cached logins: keyed digests, so that no password is kept and no key can be made outside of the process.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::io;

/// Derives the keys of one server; those of another server or process differ.
#[derive(Clone)]
pub(super) struct LoginKeys(Hmac<Sha256>);

/// The key of a login: of the user, the stored hash, the password and the generation of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LoginKey([u8; 32]);

impl LoginKeys {
    /// Draws a secret.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub(super) fn new() -> io::Result<LoginKeys> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        Hmac::new_from_slice(&secret).map(LoginKeys).map_err(io::Error::other)
    }

    /// Each part with its length before it, so that no two logins have the same bytes.
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
    fn logins_whose_texts_join_to_the_same_have_different_keys() {
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
    fn a_key_is_of_one_generation_and_of_one_process() {
        let (keys, others) = (LoginKeys::new().unwrap(), LoginKeys::new().unwrap());
        let key = keys.of("alice", "hash", "s3cr3t", 1);
        assert_eq!(key, keys.of("alice", "hash", "s3cr3t", 1));
        assert_ne!(key, keys.of("alice", "hash", "s3cr3t", 2));
        assert_ne!(key, others.of("alice", "hash", "s3cr3t", 1));
    }
}
