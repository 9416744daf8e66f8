//! Immutable snapshots of a policy.
//!
//! A request is authorized against a single snapshot, so a concurrent change of the policy cannot affect it halfway.

use super::Grant;
use super::certificate::ClientCertificate;
use super::lengths::MAX_TOKEN;
use super::password::{Memory, PasswordVerdict, Passwords, StoredHash};
use super::tables::{Tables, UserRecord};
use super::token::TokenDigest;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// The immutable state of a policy between two changes.
pub(crate) struct Snapshot {
    pub(super) tables: Tables,
    pub(super) passwords: Arc<Passwords>,
    generation: u64,
}

impl Snapshot {
    pub(super) fn new(tables: Tables, passwords: Arc<Passwords>) -> Snapshot {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Snapshot { tables, passwords, generation: LAST.fetch_add(1, Ordering::Relaxed) + 1 }
    }

    /// Returns the generation, unique among all snapshots of the process.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Returns the challenge for verifying a password of `user`.
    ///
    /// Without a stored hash, the challenge is a decoy of the same cost, so that response times do not reveal which users exist.
    pub(crate) fn challenge(&self, user: &str) -> Challenge {
        let stored = self.tables.users.get(user).and_then(|user| user.password.clone());
        Challenge {
            is_decoy: stored.is_none(),
            hash: stored.unwrap_or_else(|| self.passwords.decoy()),
            passwords: self.passwords.clone(),
        }
    }

    /// Returns the user with this token, unless it has expired, and its digest.
    ///
    /// Compares all tokens, each in constant time.
    pub(crate) fn bearer(&self, token: &str, now: SystemTime) -> Option<(&str, TokenDigest)> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let digest = TokenDigest::of(token);
        let mut found = None;
        for (name, user) in &self.tables.users {
            for stored in &user.tokens {
                if stored.matches(&digest, now) {
                    found = Some((name.as_str(), digest));
                }
            }
        }
        found
    }

    /// Returns the user with a name of this certificate, or `None` if no user or several users match.
    pub(crate) fn holder(&self, certificate: &ClientCertificate) -> Option<&str> {
        let has = |user: &UserRecord| !user.certificates.is_disjoint(&certificate.names);
        let mut users = self.tables.users.iter().filter(|(_, user)| has(user)).map(|(name, _)| name.as_str());
        users.next().filter(|_| users.next().is_none())
    }

    /// Returns `true` if a role of `user` grants `permission`.
    pub(crate) fn can(&self, user: &str, permission: &str) -> bool {
        self.tables.grants(user).any(|grant| grant.covers(permission))
    }

    /// Returns the roles of `user`, sorted; `None` for an unknown user.
    pub(crate) fn roles(&self, user: &str) -> Option<Vec<String>> {
        Some(self.tables.users.get(user)?.roles.iter().cloned().collect())
    }

    /// Returns the grants of all roles of `user`, sorted; `None` for an unknown user.
    pub(crate) fn grants(&self, user: &str) -> Option<Vec<Grant>> {
        self.tables.users.get(user)?;
        let grants: BTreeSet<_> = self.tables.grants(user).cloned().collect();
        Some(grants.into_iter().collect())
    }
}

/// The hash against which a password is verified: that of a user, or a decoy.
#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    hash: StoredHash,
    is_decoy: bool,
    passwords: Arc<Passwords>,
}

impl Challenge {
    /// Verifies `password` using `memory`. Deliberately slow.
    pub(crate) fn verify(&self, password: &str, memory: &mut Memory) -> PasswordVerdict {
        match self.passwords.verify(password, &self.hash, memory) {
            PasswordVerdict::Match if self.is_decoy => PasswordVerdict::Mismatch,
            verdict => verdict,
        }
    }

    /// Returns the hash, which identifies the challenge.
    pub(crate) fn hash(&self) -> &str {
        self.hash.as_str()
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("generation", &self.generation).finish_non_exhaustive()
    }
}
