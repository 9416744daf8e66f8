//! Roles, users, and the question whether one of them may do something.

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

/// Roles, the users that have them, and the passwords, tokens and certificates of the users.
///
/// Every method takes `&self`: a policy can be changed while a server reads it, and the next request sees the change. A
/// request sees one state of the policy from its beginning to its end.
/// `Debug` shows roles and users, never a password or a hash.
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
    now: ArcSwap<Snapshot>,
    /// Held while the next state is made from the present one.
    changing: Mutex<()>,
}

impl Policy {
    /// A policy of nobody, whose passwords cost [`Cost::default`].
    pub fn new() -> Policy {
        Policy::with_cost(Cost::default())
    }

    /// A policy of nobody, whose passwords cost `cost`.
    pub fn with_cost(cost: Cost) -> Policy {
        let nobody = Snapshot::new(Tables::default(), Arc::new(Passwords::new(cost)));
        Policy { now: ArcSwap::from_pointee(nobody), changing: Mutex::default() }
    }

    /// Adds the roles `scraper` (`metrics:read`), `viewer` (`admin:read`), `operator` (a viewer with `admin:write` and
    /// `admin:lifecycle`), `debugger` (a viewer with `admin:debug`) and `owner` (everything).
    #[must_use]
    pub fn with_standard_roles(self) -> Policy {
        for (role, grants) in STANDARD_ROLES {
            self.add_role(role, grants);
        }
        self
    }

    /// Declares `role` as what gives `grants`; a role of that name is replaced.
    ///
    /// # Panics
    /// If a grant is not one, or the name is illegal: for literals. [`try_add_role`](Policy::try_add_role) is for what is
    /// read from elsewhere.
    #[track_caller]
    pub fn add_role(&self, role: &str, grants: &[&str]) {
        if let Err(error) = self.try_add_role(role, grants) {
            panic!("the role `{}` cannot be added: {error}", role.escape_debug());
        }
    }

    /// Declares `role` as what gives `grants`; a role of that name is replaced.
    ///
    /// # Errors
    /// [`PolicyError::InvalidGrant`] for the first grant that is not one, [`PolicyError::InvalidName`] for the name. The
    /// policy is then as it was.
    pub fn try_add_role(&self, role: &str, grants: &[&str]) -> Result<(), PolicyError> {
        check_user_name(role)?;
        let grants = grants.iter().map(|grant| Grant::parse(grant)).collect::<Result<_, _>>()?;
        self.change(|tables| {
            tables.roles.insert(role.to_owned(), grants);
            Ok(())
        })
    }

    /// Declares a user with `roles`. Declaring one again replaces the roles and keeps the password.
    ///
    /// A role that is not declared gives nothing until it is. A user without a password cannot log in.
    ///
    /// # Panics
    /// If the name is illegal: for literals. [`try_add_user`](Policy::try_add_user) is for what is read from elsewhere.
    #[track_caller]
    pub fn add_user(&self, user: &str, roles: &[&str]) {
        if let Err(error) = self.try_add_user(user, roles) {
            panic!("the user `{}` cannot be added: {error}", user.escape_debug());
        }
    }

    /// Declares a user with `roles`. Declaring one again replaces the roles and keeps the password.
    ///
    /// # Errors
    /// [`PolicyError::InvalidName`] if the name is empty, longer than [`MAX_USER_NAME`](super::MAX_USER_NAME) bytes, or has a `:`
    /// or a control character.
    pub fn try_add_user(&self, user: &str, roles: &[&str]) -> Result<(), PolicyError> {
        check_user_name(user)?;
        self.change(|tables| {
            tables.users.entry(user.to_owned()).or_default().roles =
                roles.iter().map(|&role| role.to_owned()).collect();
            Ok(())
        })
    }

    /// Removes a user, and says whether there was one.
    pub fn remove_user(&self, user: &str) -> bool {
        let no_such_user = || PolicyError::NoSuchUser { user: user.to_owned() };
        self.change(|tables| tables.users.remove(user).ok_or_else(no_such_user)).is_ok()
    }

    /// Gives `role` to `user`.
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

    /// Takes `role` from `user`; one that the user does not have is no error.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`].
    pub fn revoke(&self, user: &str, role: &str) -> Result<(), PolicyError> {
        self.change(|tables| {
            tables.user(user)?.roles.remove(role);
            Ok(())
        })
    }

    /// Sets the password of `user`. Slow on purpose: it costs one argon2id hash.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`], [`PolicyError::PasswordLength`], [`PolicyError::PasswordCharacters`] and
    /// [`PolicyError::Hashing`].
    pub fn set_password(&self, user: &str, password: &str) -> Result<(), PolicyError> {
        // Looked up before the hash so that an unknown user costs nothing, and after it because that takes a while.
        let now = self.snapshot();
        if !now.tables.users.contains_key(user) {
            return Err(PolicyError::NoSuchUser { user: user.to_owned() });
        }
        let hash = now.passwords.hash(password)?;
        self.change(|tables| tables.user(user).map(|user| user.password = Some(hash)))
    }

    /// Sets the password of `user` by its hash: a PHC string, as `opsctl hash-password` and
    /// [`hash_password`](super::hash_password) make it.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`], and [`PolicyError::InvalidHash`] also for one that costs something else than the policy's
    /// other passwords do: the time of an answer would tell which users there are.
    pub fn set_password_hash(&self, user: &str, hash: &str) -> Result<(), PolicyError> {
        let (hash, cost) = StoredHash::parse(hash)?;
        if cost != self.snapshot().passwords.cost() {
            return Err(PolicyError::InvalidHash { reason: "it does not cost what the others of this policy cost" });
        }
        self.change(|tables| tables.user(user).map(|user| user.password = Some(hash)))
    }

    /// Makes a token for `user`, which counts until `expires` if it is given. It is seen this once.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`] and [`PolicyError::Randomness`].
    pub fn issue_token(&self, user: &str, expires: Option<SystemTime>) -> Result<Token, PolicyError> {
        let token = Token::generate()?;
        self.add_token(user, token.digest(), expires)?;
        Ok(token)
    }

    /// Gives `user` the token of `digest`, which counts until `expires` if it is given.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`], and [`PolicyError::TokenTaken`] if it is another user's.
    pub fn add_token(&self, user: &str, digest: TokenDigest, expires: Option<SystemTime>) -> Result<(), PolicyError> {
        self.change(|tables| {
            let mut others = tables.users.iter().filter(|(other, _)| *other != user);
            if let Some((other, _)) = others.find(|(_, has)| has.tokens.iter().any(|token| token.is_of(&digest))) {
                return Err(PolicyError::TokenTaken { user: other.clone() });
            }
            tables.user(user).map(|user| user.tokens.push(StoredToken::new(digest, expires)))
        })
    }

    /// Takes all tokens from `user`.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`].
    pub fn revoke_tokens(&self, user: &str) -> Result<(), PolicyError> {
        self.change(|tables| tables.user(user).map(|user| user.tokens.clear()))
    }

    /// Makes the certificates with `name` credentials of `user`, for servers that ask for certificates (`ops::Tls`).
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`], and [`PolicyError::CertificateTaken`] if they are another user's.
    pub fn add_certificate(&self, user: &str, name: CertificateName) -> Result<(), PolicyError> {
        self.change(|tables| {
            let taken = tables.users.iter().find(|(other, has)| *other != user && has.certificates.contains(&name));
            if let Some((other, _)) = taken {
                return Err(PolicyError::CertificateTaken { name, user: other.clone() });
            }
            tables.user(user).map(|user| _ = user.certificates.insert(name))
        })
    }

    /// Takes all certificates from `user`, also on connections that are open.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`].
    pub fn revoke_certificates(&self, user: &str) -> Result<(), PolicyError> {
        self.change(|tables| tables.user(user).map(|user| user.certificates.clear()))
    }

    /// The user whose token this is, if it has not expired.
    pub fn authenticate_token(&self, token: &str) -> Option<String> {
        self.snapshot().bearer(token, SystemTime::now()).map(|(user, _digest)| user.to_owned())
    }

    /// Whether `password` is the password of `user`. Slow on purpose, as slow for unknown users as for known ones. Never if the
    /// system has no memory to compute it in.
    pub fn authenticate(&self, user: &str, password: &str) -> bool {
        let challenge = self.snapshot().challenge(user);
        // What was taken away while the hash was computed is not given.
        challenge.verdict(password, &mut Memory::default()) == PasswordVerdict::Right
            && challenge.hash() == self.snapshot().challenge(user).hash()
    }

    /// Whether a role of `user` gives `permission`; never for an unknown user or what is not a permission.
    pub fn can(&self, user: &str, permission: &str) -> bool {
        self.snapshot().can(user, permission)
    }

    /// The roles of `user`, sorted; `None` for an unknown one.
    pub fn roles(&self, user: &str) -> Option<Vec<String>> {
        self.snapshot().roles(user)
    }

    /// What the roles of `user` give, sorted; `None` for an unknown one.
    pub fn grants(&self, user: &str) -> Option<Vec<Grant>> {
        self.snapshot().grants(user)
    }

    /// The policy as it is now.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.now.load_full()
    }

    /// Makes this policy what `other` is, at once.
    pub(super) fn become_like(&self, other: &Policy) {
        let other = other.snapshot();
        let _changing = self.changing.lock().ignore_poison();
        self.now.store(Arc::new(Snapshot::new(other.tables.clone(), other.passwords.clone())));
    }

    /// Goes on to the state that `change` makes of the present one, or stays as it is.
    fn change<T>(&self, change: impl FnOnce(&mut Tables) -> Result<T, PolicyError>) -> Result<T, PolicyError> {
        let _changing = self.changing.lock().ignore_poison();
        let now = self.snapshot();
        let mut tables = now.tables.clone();
        let result = change(&mut tables)?;
        self.now.store(Arc::new(Snapshot::new(tables, now.passwords.clone())));
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
        let now = self.snapshot();
        let tables = &now.tables;
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
    fn the_standard_roles_give_what_their_names_say() {
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
    fn grants_are_those_of_all_roles_once_and_sorted() {
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
    fn a_refused_change_leaves_the_policy_as_it_was() {
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
    #[should_panic(expected = "the role `reader` cannot be added: `tx read` is not a permission: write words")]
    fn an_illegal_grant_in_the_source_panics_with_what_to_do() {
        policy().add_role("reader", &["tx read"]);
    }

    #[test]
    fn names_that_no_credential_can_carry_are_refused() {
        for name in ["", "a:b", "a\nb", "a\0", &"x".repeat(129)] {
            assert!(policy().try_add_user(name, &[]).is_err(), "{name:?}");
        }
        assert_eq!(policy().try_add_user("Zoë van Dam", &[]), Ok(()));
    }

    #[test]
    fn every_login_costs_one_check_whoever_it_is() {
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
        assert_eq!(policy.snapshot().passwords.checks(), before, "too long a password is refused for everyone alike");
    }

    #[test]
    fn a_removed_user_is_unknown_and_comes_back_without_a_password() {
        let policy = policy();
        policy.add_user("alice", &[]);
        policy.set_password("alice", "s3cr3t").unwrap();
        assert!(policy.remove_user("alice") && !policy.remove_user("alice"));
        assert!(!policy.authenticate("alice", "s3cr3t"));
        policy.add_user("alice", &[]);
        assert!(!policy.authenticate("alice", "s3cr3t"));
    }

    #[test]
    fn a_token_is_its_users_until_it_is_revoked() {
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
    fn a_hash_of_another_cost_is_refused() {
        let policy = policy();
        policy.add_user("alice", &[]);
        let hash = crate::rbac::hash_password("s3cr3t", Cost::fastest_for_tests()).unwrap();
        policy.set_password_hash("alice", &hash).unwrap();
        assert!(policy.authenticate("alice", "s3cr3t"));
        let other = hash.replace("t=1", "t=2");
        assert_eq!(
            policy.set_password_hash("alice", &other).unwrap_err().to_string(),
            "the hash of the password cannot be used: it does not cost what the others of this policy cost"
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
