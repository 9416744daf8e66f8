//! Roles, users, and the question whether one of them may do something.

use super::password::{MAX_USER_NAME, Passwords, StoredHash};
use super::standard::STANDARD_ROLES;
use super::tables::Tables;
use super::{Cost, Grant, PolicyError};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Roles, the users that have them, and the passwords of the users.
///
/// Every method takes `&self`: a policy can be changed while a server reads it, and the next request sees the change.
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
    tables: RwLock<Tables>,
    passwords: Passwords,
}

impl Policy {
    /// A policy of nobody, whose passwords cost [`Cost::default`].
    pub fn new() -> Policy {
        Policy::with_cost(Cost::default())
    }

    /// A policy of nobody, whose passwords cost `cost`.
    pub fn with_cost(cost: Cost) -> Policy {
        Policy { tables: RwLock::default(), passwords: Passwords::new(cost) }
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
    /// [`PolicyError::NotAGrant`] for the first grant that is not one, [`PolicyError::IllegalName`] for the name. The
    /// policy is then as it was.
    pub fn try_add_role(&self, role: &str, grants: &[&str]) -> Result<(), PolicyError> {
        let role = legal_name(role)?;
        let grants = grants.iter().map(|grant| Grant::parse(grant)).collect::<Result<_, _>>()?;
        self.write().roles.insert(role, grants);
        Ok(())
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
    /// [`PolicyError::IllegalName`] if the name is empty, longer than [`MAX_USER_NAME`] bytes, or has a `:` or a control
    /// character.
    pub fn try_add_user(&self, user: &str, roles: &[&str]) -> Result<(), PolicyError> {
        let user = legal_name(user)?;
        self.write().users.entry(user).or_default().roles = roles.iter().map(|&role| role.to_owned()).collect();
        Ok(())
    }

    /// Removes a user, and says whether there was one.
    pub fn remove_user(&self, user: &str) -> bool {
        self.write().users.remove(user).is_some()
    }

    /// Gives `role` to `user`.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`] and [`PolicyError::NoSuchRole`].
    pub fn grant(&self, user: &str, role: &str) -> Result<(), PolicyError> {
        let mut tables = self.write();
        let declared = tables.roles.contains_key(role);
        let user = tables.user(user)?;
        if !declared {
            return Err(PolicyError::NoSuchRole { role: role.to_owned() });
        }
        user.roles.insert(role.to_owned());
        Ok(())
    }

    /// Takes `role` from `user`; one that the user does not have is no error.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`].
    pub fn revoke(&self, user: &str, role: &str) -> Result<(), PolicyError> {
        self.write().user(user)?.roles.remove(role);
        Ok(())
    }

    /// Sets the password of `user`. Slow on purpose: it costs one argon2id hash.
    ///
    /// # Errors
    /// [`PolicyError::NoSuchUser`], [`PolicyError::PasswordLength`] and [`PolicyError::Hashing`].
    pub fn set_password(&self, user: &str, password: &str) -> Result<(), PolicyError> {
        // Looked up before the hash so that an unknown user costs nothing, and after it because that takes a while.
        self.write().user(user)?;
        let hash = self.passwords.hash(password)?;
        self.write().user(user)?.password = Some(hash);
        Ok(())
    }

    /// Whether `password` is the password of `user`. Slow on purpose, as slow for unknown users as for known ones.
    pub fn authenticate(&self, user: &str, password: &str) -> bool {
        let stored = self.stored_hash(user);
        // The lock is free while the hash is computed. What was taken away meanwhile is not given.
        self.passwords.verify(password, stored.as_ref()) && stored == self.stored_hash(user)
    }

    /// Whether a role of `user` gives `permission`; never for an unknown user or what is not a permission.
    pub fn can(&self, user: &str, permission: &str) -> bool {
        self.read().grants(user).any(|grant| grant.covers(permission))
    }

    /// The roles of `user`, sorted; `None` for an unknown one.
    pub fn roles(&self, user: &str) -> Option<Vec<String>> {
        Some(self.read().users.get(user)?.roles.iter().cloned().collect())
    }

    /// What the roles of `user` give, sorted; `None` for an unknown one.
    pub fn grants(&self, user: &str) -> Option<Vec<Grant>> {
        let tables = self.read();
        tables.users.get(user)?;
        let grants: BTreeSet<_> = tables.grants(user).cloned().collect();
        Some(grants.into_iter().collect())
    }

    fn stored_hash(&self, user: &str) -> Option<StoredHash> {
        self.read().users.get(user)?.password.clone()
    }

    /// No method leaves the tables half changed, so a panic elsewhere does not make them unusable.
    fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Policy::new()
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.read();
        let users: BTreeMap<_, _> = tables.users.iter().map(|(name, user)| (name, &user.roles)).collect();
        f.debug_struct("Policy").field("roles", &tables.roles).field("users", &users).finish_non_exhaustive()
    }
}

/// A name that fits into a Basic credential and into one line of a log.
fn legal_name(name: &str) -> Result<String, PolicyError> {
    let legal = (1..=MAX_USER_NAME).contains(&name.len()) && !name.contains(|c: char| c == ':' || c.is_control());
    if legal { Ok(name.to_owned()) } else { Err(PolicyError::IllegalName { name: name.to_owned() }) }
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
            Err(PolicyError::NotAGrant { text: "TX".to_owned() })
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
            let before = policy.passwords.checks();
            policy.authenticate(user, password);
            assert_eq!(policy.passwords.checks() - before, 1, "{user:?} {password:?}");
        }
        let before = policy.passwords.checks();
        policy.authenticate("alice", &"x".repeat(1025));
        policy.authenticate("ghost", &"x".repeat(1025));
        assert_eq!(policy.passwords.checks(), before, "too long a password is refused for everyone alike");
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
