//! What a login is remembered by: a keyed digest, so that no password is kept and no key can be made elsewhere.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::io;

/// Makes keys; those of another process, or server, differ.
#[derive(Clone)]
pub(super) struct Keys(Hmac<Sha256>);

/// A user, the stored hash, a password and a generation of the policy, as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

impl Keys {
    /// # Errors
    /// If the system has no randomness.
    pub(super) fn new() -> io::Result<Keys> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        Hmac::new_from_slice(&secret).map(Keys).map_err(io::Error::other)
    }

    /// Each part with its length before it, so that no two logins have the same bytes.
    pub(super) fn of(&self, user: &str, hash: &str, password: &str, generation: u64) -> Key {
        let mut mac = self.0.clone();
        for part in [user, hash, password] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        mac.update(&generation.to_le_bytes());
        Key(mac.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn logins_whose_texts_join_to_the_same_have_different_keys() {
        let keys = Keys::new().unwrap();
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
        let (keys, others) = (Keys::new().unwrap(), Keys::new().unwrap());
        let key = keys.of("alice", "hash", "s3cr3t", 1);
        assert_eq!(key, keys.of("alice", "hash", "s3cr3t", 1));
        assert_ne!(key, keys.of("alice", "hash", "s3cr3t", 2));
        assert_ne!(key, others.of("alice", "hash", "s3cr3t", 1));
    }
}
