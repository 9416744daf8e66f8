//! Checks that can be asked for together, by a name of their own.

use super::HealthError;
use super::runner::Health;
use crate::name::is_check_name;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

impl Health {
    /// Makes a group called `name` of these checks, and of those that [declare](crate::CheckDescriptor::groups) to be in
    /// it; `/readyz/{name}` asks for them. Called again, it adds to the group.
    ///
    /// A group that names a check that is not there, or is called like one, is an error when the server starts.
    ///
    /// ```
    /// let health = ops::Health::new();
    /// health.register("db", |_context| async {});
    /// health.group("storage", ["db", "disk"]);
    /// assert_eq!(
    ///     health.group_errors()[0].to_string(),
    ///     "the group `storage` has a check `disk` that is not there: register it, or take it out of the group"
    /// );
    /// ```
    pub fn group(&self, name: impl Into<String>, checks: impl IntoIterator<Item = impl Into<String>>) {
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        groups.entry(name.into()).or_default().extend(checks.into_iter().map(Into::into));
    }

    /// The groups, and the names of the checks in each.
    pub fn groups(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut groups = self.groups.read().unwrap_or_else(PoisonError::into_inner).clone();
        for check in self.chosen(|descriptor| !descriptor.groups.is_empty()) {
            for group in check.descriptor.groups {
                groups.entry((*group).to_owned()).or_default().insert(check.descriptor.name().to_owned());
            }
        }
        groups
    }

    /// What is wrong with the groups.
    pub fn group_errors(&self) -> Vec<HealthError> {
        let names: BTreeSet<_> = self.names().into_iter().collect();
        let mut errors = Vec::new();
        for (group, checks) in self.groups() {
            if !is_check_name(&group) {
                errors.push(HealthError::Name { name: group.clone() });
            } else if names.contains(&group) {
                errors.push(HealthError::GroupName { group: group.clone() });
            }
            let missing = checks.into_iter().filter(|check| !names.contains(check));
            errors.extend(missing.map(|check| HealthError::GroupMember { group: group.clone(), check }));
        }
        errors
    }
}
