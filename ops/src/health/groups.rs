//! Groups of checks that are defined at run time.

use super::HealthError;
use crate::name::is_check_name;
use ops_core::unwind::IgnorePoison;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::RwLock;

/// The groups by name, each with the names of its checks.
#[derive(Default)]
pub(super) struct Groups(RwLock<BTreeMap<String, BTreeSet<String>>>);

impl Groups {
    /// Adds checks to the group `name`, which is created if needed.
    pub(super) fn add(&self, name: String, checks: impl Iterator<Item = String>) {
        self.0.write().ignore_poison().entry(name).or_default().extend(checks);
    }

    /// Returns a copy of the groups.
    pub(super) fn all(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.0.read().ignore_poison().clone()
    }
}

/// Validates `groups` against the names of all checks, and returns the errors.
pub(super) fn errors(groups: BTreeMap<String, BTreeSet<String>>, checks: &BTreeSet<String>) -> Vec<HealthError> {
    let mut errors = Vec::new();
    for (group, members) in groups {
        if !is_check_name(&group) {
            errors.push(HealthError::InvalidName { name: group.clone() });
        } else if checks.contains(&group) {
            errors.push(HealthError::GroupName { group: group.clone() });
        }
        let missing = members.into_iter().filter(|check| !checks.contains(check));
        errors.extend(missing.map(|check| HealthError::GroupMember { group: group.clone(), check }));
    }
    errors
}
