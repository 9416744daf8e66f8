//! A policy at one moment: who somebody is and what that one may do are asked of the same one.

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

/// A policy as it was between two changes.
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

    /// A number that no other snapshot of the process has.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// What the password of `user` is checked against: never nothing, so that unknown users cost what known ones cost.
    pub(crate) fn challenge(&self, user: &str) -> Challenge {
        let stored = self.tables.users.get(user).and_then(|user| user.password.clone());
        Challenge {
            is_decoy: stored.is_none(),
            hash: stored.unwrap_or_else(|| self.passwords.decoy()),
            passwords: self.passwords.clone(),
        }
    }

    /// The user whose token this is, and the digest of it. Every token is compared.
    pub(crate) fn bearer(&self, token: &str, now: SystemTime) -> Option<(&str, TokenDigest)> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let digest = TokenDigest::of(token);
        let mut found = None;
        for (name, user) in &self.tables.users {
            for stored in &user.tokens {
                if stored.is(&digest, now) {
                    found = Some((name.as_str(), digest));
                }
            }
        }
        found
    }

    /// The user whose certificate this is; `None` also if it is that of several.
    pub(crate) fn holder(&self, certificate: &ClientCertificate) -> Option<&str> {
        let has = |user: &UserRecord| !user.certificates.is_disjoint(&certificate.names);
        let mut users = self.tables.users.iter().filter(|(_, user)| has(user)).map(|(name, _)| name.as_str());
        users.next().filter(|_| users.next().is_none())
    }

    /// Whether a role of `user` gives `permission`.
    pub(crate) fn can(&self, user: &str, permission: &str) -> bool {
        self.tables.grants(user).any(|grant| grant.covers(permission))
    }

    /// The roles of `user`, sorted; `None` for an unknown one.
    pub(crate) fn roles(&self, user: &str) -> Option<Vec<String>> {
        Some(self.tables.users.get(user)?.roles.iter().cloned().collect())
    }

    /// What the roles of `user` give, sorted; `None` for an unknown one.
    pub(crate) fn grants(&self, user: &str) -> Option<Vec<Grant>> {
        self.tables.users.get(user)?;
        let grants: BTreeSet<_> = self.tables.grants(user).cloned().collect();
        Some(grants.into_iter().collect())
    }
}

/// What a password is checked against.
#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    hash: StoredHash,
    is_decoy: bool,
    passwords: Arc<Passwords>,
}

impl Challenge {
    /// Whether `password` is right, computed in `memory`. Slow on purpose.
    pub(crate) fn verdict(&self, password: &str, memory: &mut Memory) -> PasswordVerdict {
        match self.passwords.verify(password, &self.hash, memory) {
            PasswordVerdict::Right if self.is_decoy => PasswordVerdict::Wrong,
            verdict => verdict,
        }
    }

    /// The hash, to tell one challenge from another.
    pub(crate) fn hash(&self) -> &str {
        self.hash.as_str()
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("generation", &self.generation).finish_non_exhaustive()
    }
}
