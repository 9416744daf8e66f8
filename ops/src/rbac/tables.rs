//! The roles and users of a policy.

use super::password::StoredHash;
use super::token::StoredToken;
use super::{CertificateName, Grant, PolicyError};
use std::collections::{BTreeMap, BTreeSet};

/// Roles and users by name.
#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) roles: BTreeMap<String, BTreeSet<Grant>>,
    pub(super) users: BTreeMap<String, UserRecord>,
}

/// The credentials of a user and the names of its roles, which may be undefined.
#[derive(Clone, Default)]
pub(super) struct UserRecord {
    pub(super) roles: BTreeSet<String>,
    pub(super) password: Option<StoredHash>,
    pub(super) tokens: Vec<StoredToken>,
    pub(super) certificates: BTreeSet<CertificateName>,
}

impl Tables {
    pub(super) fn user(&mut self, user: &str) -> Result<&mut UserRecord, PolicyError> {
        self.users.get_mut(user).ok_or_else(|| PolicyError::NoSuchUser { user: user.to_owned() })
    }

    pub(super) fn grants(&self, user: &str) -> impl Iterator<Item = &Grant> {
        let roles = self.users.get(user).into_iter().flat_map(|user| &user.roles);
        roles.filter_map(|role| self.roles.get(role)).flatten()
    }
}
