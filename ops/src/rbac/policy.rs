//! Policies: roles, users, their credentials, and permission checks.

use super::credentials::check_user_name;
use super::password::{Memory, PasswordVerdict, Passwords, StoredHash};
use super::snapshot::Snapshot;
use super::standard::STANDARD_ROLES;
use super::tables::Tables;
use super::token::StoredToken;
use super::{CertificateName, Cost, Grant, PolicyError, Token, TokenDigest};
use arc_swap::ArcSwap;
use ops_core::unwind::IgnorePoison;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// An access control policy: roles, and users with their roles, passwords, tokens and certificates.
///
/// All methods take `&self`: a policy can be changed while a server uses it, and the change applies to the next request. `Debug`
/// shows roles and users, never passwords or hashes.
///
/// ```
/// use ops::rbac::{Cost, Policy};
///
/// let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
/// policy.add_user("alice", &["viewer"]);
/// policy.set_password("alice", "correct horse")?;
/// assert!(policy.authenticate("alice", "correct horse"));
/// assert!(policy.can("alice", "health:read") && !policy.can("alice", "admin:write"));
/// # Ok::<(), ops::rbac::PolicyError>(())
/// ```
pub struct Policy {
    current: ArcSwap<Snapshot>,
    /// Serializes changes, each of which replaces the snapshot.
    changing: Mutex<()>,
}

impl Policy {
    /// Creates a policy without roles and users, which hashes passwords with the default [`Cost`].
    pub fn new() -> Policy {
        Policy::with_cost(Cost::default())
    }

    /// Creates a policy without roles and users, which hashes passwords with `cost`.
    pub fn with_cost(cost: Cost) -> Policy {
        let empty = Snapshot::new(Tables::default(), Arc::new(Passwords::new(cost)));
        Policy { current: ArcSwap::from_pointee(empty), changing: Mutex::default() }
    }

    /// Adds the standard roles.
    ///
    /// | role | grants |
    /// |---|---|
    /// | `scraper` | `metrics:read` |
    /// | `viewer` | `admin:read` |
    /// | `operator` | `admin:read`, `admin:write`, `admin:lifecycle` |
    /// | `debugger` | `admin:read`, `admin:debug` |
    /// | `owner` | `*` |
    #[must_use]
    pub fn with_standard_roles(self) -> Policy {
        for (role, grants) in STANDARD_ROLES {
            self.add_role(role, grants);
        }
        self
    }

    /// Adds a role with `grants`, replacing an existing role of the same name.
    ///
    /// # Panics
    /// If a grant or the name is invalid. For grants and names that are not literals, use
    /// [`try_add_role`](Policy::try_add_role).
    #[track_caller]
    pub fn add_role(&self, role: &str, grants: &[&str]) {
        if let Err(error) = self.try_add_role(role, grants) {
            panic!("cannot add role `{}`: {error}", role.escape_debug());
        }
    }

    /// Adds a role with `grants`, replacing an existing role of the same name.
    ///
    /// # Errors
    /// [`PolicyError::InvalidGrant`] for the first invalid grant, [`PolicyError::InvalidName`] for an invalid name. The policy
    /// is unchanged then.
    pub fn try_add_role(&self, role: &str, grants: &[&str]) -> Result<(), PolicyError> {
        check_user_name(role)?;
        let grants = grants.iter().map(|grant| Grant::parse(grant)).collect::<Result<_, _>>()?;
        self.change(|tables| {
            tables.roles.insert(role.to_owned(), grants);
            Ok(())
        })
    }

    /// Adds a user with `roles`. Replaces the roles of an existing user, whose credentials are kept.
    ///
    /// An undefined role grants nothing until it is added. A user without credentials cannot authenticate.
    ///
    /// # Panics
    /// If the name is invalid. For names that are not literals, use [`try_add_user`](Policy::try_add_user).
    #[track_caller]
    pub fn add_user(&self, user: &str, roles: &[&str]) {
        if let Err(error) = self.try_add_user(user, roles) {
            panic!("cannot add user `{}`: {error}", user.escape_debug());
        }
    }

    /// Adds a user with `roles`. Replaces the roles of an existing user, whose credentials are kept.
    ///
    /// # Errors
    /// [`PolicyError::InvalidName`] if the name is empty, longer than [`MAX_USER_NAME`](super::MAX_USER_NAME) bytes, or contains
    /// a `:` or a control character.
    pub fn try_add_user(&self, user: &str, roles: &[&str]) -> Result<(), PolicyError> {
        check_user_name(user)?;
        self.change(|tables| {
            tables.users.entry(user.to_owned()).or_default().roles =
                roles.iter().map(|&role| role.to_owned()).collect();
            Ok(())
        })
    }

    /// Removes a user. Returns `true` if the user existed.
    pub fn remove_user(&self, user: &str) -> bool {
        let no_such_user = || PolicyError::NoSuchUser { user: user.to_owned() };
        self.change(|tables| tables.users.remove(user).ok_or_else(no_such_user)).is_ok()
    }

    /// Assigns `role` to `user`.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`] and [`PolicyError::NoSuchRole`].
    pub fn grant(&self, user: &str, role: &str) -> Result<(), PolicyError> {
        self.change(|tables| {
            let declared = tables.roles.contains_key(role);
            let user = tables.user(user)?;
            if !declared {
                return Err(PolicyError::NoSuchRole { role: role.to_owned() });
            }
            user.roles.insert(role.to_owned());
            Ok(())
        })
    }

    /// Removes `role` from `user`. Does nothing if the user does not have it.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`].
    pub fn revoke(&self, user: &str, role: &str) -> Result<(), PolicyError> {
        self.change(|tables| {
            tables.user(user)?.roles.remove(role);
            Ok(())
        })
    }

    /// Sets the password of `user`. Deliberately slow: computes an argon2id hash.
    ///
    /// In async code, call it on a blocking thread.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`], [`PolicyError::PasswordLength`], [`PolicyError::PasswordCharacters`],
    /// [`PolicyError::Randomness`] and [`PolicyError::Hashing`].
    pub fn set_password(&self, user: &str, password: &str) -> Result<(), PolicyError> {
        // Checked before hashing, so that an unknown user costs nothing, and again after it, as the user may have been removed.
        let current = self.snapshot();
        if !current.tables.users.contains_key(user) {
            return Err(PolicyError::NoSuchUser { user: user.to_owned() });
        }
        let hash = current.passwords.hash(password)?;
        self.change(|tables| tables.user(user).map(|user| user.password = Some(hash)))
    }

    /// Sets the password of `user` by its hash, a PHC string.
    ///
    /// Create the hash with `opsctl hash-password` or [`hash_password`](super::hash_password).
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`], and [`PolicyError::InvalidHash`] if the hash is malformed or its cost differs from that of the
    /// policy. With different costs, response times would reveal which users exist.
    pub fn set_password_hash(&self, user: &str, hash: &str) -> Result<(), PolicyError> {
        let (hash, cost) = StoredHash::parse(hash)?;
        if cost != self.snapshot().passwords.cost() {
            return Err(PolicyError::InvalidHash {
                reason: "cost differs from that of the policy; hash all passwords with the same cost",
            });
        }
        self.change(|tables| tables.user(user).map(|user| user.password = Some(hash)))
    }

    /// Creates a token for `user` that is valid until `expires`, if set. Only its digest is stored.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`] and [`PolicyError::Randomness`].
    pub fn issue_token(&self, user: &str, expires: Option<SystemTime>) -> Result<Token, PolicyError> {
        let token = Token::generate()?;
        self.add_token(user, token.digest(), expires)?;
        Ok(token)
    }

    /// Adds the token with this digest to `user`, valid until `expires`, if set.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`], and [`PolicyError::TokenTaken`] if another user has the token.
    pub fn add_token(&self, user: &str, digest: TokenDigest, expires: Option<SystemTime>) -> Result<(), PolicyError> {
        self.change(|tables| {
            let mut others = tables.users.iter().filter(|(other, _)| *other != user);
            if let Some((other, _)) = others.find(|(_, has)| has.tokens.iter().any(|token| token.has_digest(&digest))) {
                return Err(PolicyError::TokenTaken { user: other.clone() });
            }
            tables.user(user).map(|user| user.tokens.push(StoredToken::new(digest, expires)))
        })
    }

    /// Revokes all tokens of `user`.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`].
    pub fn revoke_tokens(&self, user: &str) -> Result<(), PolicyError> {
        self.change(|tables| tables.user(user).map(|user| user.tokens.clear()))
    }

    /// Assigns the certificate name `name` to `user`, for servers that accept client certificates.
    ///
    /// See `ops::Tls`.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`], and [`PolicyError::CertificateTaken`] if another user has the name.
    pub fn add_certificate(&self, user: &str, name: CertificateName) -> Result<(), PolicyError> {
        self.change(|tables| {
            let taken = tables.users.iter().find(|(other, has)| *other != user && has.certificates.contains(&name));
            if let Some((other, _)) = taken {
                return Err(PolicyError::CertificateTaken { name, user: other.clone() });
            }
            tables.user(user).map(|user| _ = user.certificates.insert(name))
        })
    }

    /// Revokes all certificates of `user`. Applies to open connections too.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`].
    pub fn revoke_certificates(&self, user: &str) -> Result<(), PolicyError> {
        self.change(|tables| tables.user(user).map(|user| user.certificates.clear()))
    }

    /// Returns the user with this token, unless it has expired.
    pub fn authenticate_token(&self, token: &str) -> Option<String> {
        self.snapshot().bearer(token, SystemTime::now()).map(|(user, _digest)| user.to_owned())
    }

    /// Returns `true` if `password` is the password of `user`. Deliberately slow, for unknown users too.
    ///
    /// In async code, call it on a blocking thread. Returns `false` if the memory for the hash cannot be allocated.
    pub fn authenticate(&self, user: &str, password: &str) -> bool {
        let challenge = self.snapshot().challenge(user);
        // Rejects a password that was changed or removed while the hash was computed.
        challenge.verify(password, &mut Memory::default()) == PasswordVerdict::Match
            && challenge.hash() == self.snapshot().challenge(user).hash()
    }

    /// Returns `true` if a role of `user` grants `permission`.
    ///
    /// Returns `false` for an unknown user or an invalid permission.
    pub fn can(&self, user: &str, permission: &str) -> bool {
        self.snapshot().can(user, permission)
    }

    /// Returns the roles of `user`, sorted; `None` for an unknown user.
    pub fn roles(&self, user: &str) -> Option<Vec<String>> {
        self.snapshot().roles(user)
    }

    /// Returns the grants of all roles of `user`, sorted; `None` for an unknown user.
    pub fn grants(&self, user: &str) -> Option<Vec<Grant>> {
        self.snapshot().grants(user)
    }

    /// Returns the current state of the policy.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Atomically replaces the state of this policy with that of `other`.
    pub(super) fn replace_with(&self, other: &Policy) {
        let other = other.snapshot();
        let _changing = self.changing.lock().ignore_poison();
        self.current.store(Arc::new(Snapshot::new(other.tables.clone(), other.passwords.clone())));
    }

    /// Applies `change` to a copy of the tables and publishes the copy, unless `change` fails.
    fn change<T>(&self, change: impl FnOnce(&mut Tables) -> Result<T, PolicyError>) -> Result<T, PolicyError> {
        let _changing = self.changing.lock().ignore_poison();
        let current = self.snapshot();
        let mut tables = current.tables.clone();
        let result = change(&mut tables)?;
        self.current.store(Arc::new(Snapshot::new(tables, current.passwords.clone())));
        Ok(result)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Policy::new()
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.snapshot();
        let tables = &current.tables;
        let users: BTreeMap<_, _> = tables.users.iter().map(|(name, user)| (name, &user.roles)).collect();
        f.debug_struct("Policy").field("roles", &tables.roles).field("users", &users).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy::with_cost(Cost::fastest_for_tests())
    }

    #[test]
    fn standard_roles_have_their_documented_grants() {
        let policy = policy().with_standard_roles();
        let permissions =
            ["metrics:read", "health:read", "admin:read", "admin:write", "admin:debug", "admin:lifecycle"];
        for (role, allowed) in [
            ("scraper", [true, false, false, false, false, false]),
            ("viewer", [true, true, true, false, false, false]),
            ("operator", [true, true, true, true, false, true]),
            ("debugger", [true, true, true, false, true, false]),
            ("owner", [true, true, true, true, true, true]),
        ] {
            policy.add_user("user", &[role]);
            assert_eq!(permissions.map(|permission| policy.can("user", permission)), allowed, "{role}");
        }
    }

    #[test]
    fn grants_of_all_roles_are_merged_and_sorted() {
        let policy = policy();
        policy.add_role("a", &["tx:read", "admin:*"]);
        policy.add_role("b", &["tx:read"]);
        policy.add_user("alice", &["b", "a", "undeclared"]);
        let grants: Vec<_> = policy.grants("alice").unwrap().iter().map(Grant::to_string).collect();
        assert_eq!(grants, ["admin:*", "tx:read"]);
        assert_eq!(policy.roles("alice").unwrap(), ["a", "b", "undeclared"]);
        assert_eq!((policy.grants("ghost"), policy.roles("ghost")), (None, None));
    }

    #[test]
    fn rejected_change_leaves_the_policy_unchanged() {
        let policy = policy();
        policy.add_role("reader", &["tx:read"]);
        policy.add_user("alice", &["reader"]);
        assert_eq!(
            policy.try_add_role("reader", &["tx:void", "TX"]),
            Err(PolicyError::InvalidGrant { text: "TX".to_owned() })
        );
        assert_eq!(policy.grant("alice", "writer"), Err(PolicyError::NoSuchRole { role: "writer".to_owned() }));
        assert!(policy.can("alice", "tx:read") && !policy.can("alice", "tx:void"));
    }

    #[test]
    #[should_panic(expected = "cannot add role `reader`: invalid permission `tx read`; use segments")]
    fn add_role_panics_on_an_invalid_grant() {
        policy().add_role("reader", &["tx read"]);
    }

    #[test]
    fn rejects_names_that_no_credentials_can_carry() {
        for name in ["", "a:b", "a\nb", "a\0", &"x".repeat(129)] {
            assert!(policy().try_add_user(name, &[]).is_err(), "{name:?}");
        }
        assert_eq!(policy().try_add_user("Zoë van Dam", &[]), Ok(()));
    }

    #[test]
    fn every_authentication_computes_exactly_one_hash() {
        let policy = policy();
        policy.add_user("alice", &[]);
        policy.add_user("no-password", &[]);
        policy.set_password("alice", "s3cr3t").unwrap();
        for (user, password) in
            [("alice", "s3cr3t"), ("alice", "wrong"), ("alice", ""), ("no-password", "x"), ("ghost", "x"), ("\0", "x")]
        {
            let before = policy.snapshot().passwords.checks();
            policy.authenticate(user, password);
            assert_eq!(policy.snapshot().passwords.checks() - before, 1, "{user:?} {password:?}");
        }
        let before = policy.snapshot().passwords.checks();
        policy.authenticate("alice", &"x".repeat(1025));
        policy.authenticate("ghost", &"x".repeat(1025));
        assert_eq!(
            policy.snapshot().passwords.checks(),
            before,
            "an overlong password is rejected without a hash for every user"
        );
    }

    #[test]
    fn removed_user_is_added_again_without_a_password() {
        let policy = policy();
        policy.add_user("alice", &[]);
        policy.set_password("alice", "s3cr3t").unwrap();
        assert!(policy.remove_user("alice") && !policy.remove_user("alice"));
        assert!(!policy.authenticate("alice", "s3cr3t"));
        policy.add_user("alice", &[]);
        assert!(!policy.authenticate("alice", "s3cr3t"));
    }

    #[test]
    fn token_authenticates_its_user_until_revoked() {
        let policy = policy();
        policy.add_user("alice", &[]);
        let token = policy.issue_token("alice", None).unwrap();
        let old = policy.issue_token("alice", Some(SystemTime::UNIX_EPOCH)).unwrap();
        assert_eq!(policy.authenticate_token(token.reveal()).as_deref(), Some("alice"));
        let other = Token::generate().unwrap();
        for wrong in ["", "x", old.reveal(), other.reveal(), &token.reveal()[..46], &format!("{} ", token.reveal())] {
            assert_eq!(policy.authenticate_token(wrong), None);
        }
        policy.revoke_tokens("alice").unwrap();
        assert_eq!(policy.authenticate_token(token.reveal()), None);
        assert!(policy.issue_token("ghost", None).is_err());
    }

    #[test]
    fn rejects_a_hash_of_a_different_cost() {
        let policy = policy();
        policy.add_user("alice", &[]);
        let hash = crate::rbac::hash_password("s3cr3t", Cost::fastest_for_tests()).unwrap();
        policy.set_password_hash("alice", &hash).unwrap();
        assert!(policy.authenticate("alice", "s3cr3t"));
        let other = hash.replace("t=1", "t=2");
        assert_eq!(
            policy.set_password_hash("alice", &other).unwrap_err().to_string(),
            "invalid password hash: cost differs from that of the policy; hash all passwords with the same cost"
        );
    }

    #[test]
    fn a_snapshot_does_not_change() {
        let policy = policy();
        policy.add_role("reader", &["tx:read"]);
        policy.add_user("alice", &["reader"]);
        let before = policy.snapshot();
        policy.remove_user("alice");
        assert!(before.can("alice", "tx:read") && !policy.can("alice", "tx:read"));
        assert_ne!(before.generation(), policy.snapshot().generation());
    }

    #[test]
    fn debug_shows_no_secret() {
        let policy = policy();
        policy.add_role("reader", &["tx:read"]);
        policy.add_user("alice", &["reader"]);
        policy.set_password("alice", "s3cr3t").unwrap();
        assert_eq!(
            format!("{policy:?}"),
            r#"Policy { roles: {"reader": {Grant("tx:read")}}, users: {"alice": {"reader"}}, .. }"#
        );
    }
}
