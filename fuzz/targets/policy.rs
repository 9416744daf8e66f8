//! Fuzzes the policy file parser.
//!
//! An accepted policy must match the file as parsed by `toml`; an error must name a valid line and contain no secret.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ops::rbac::Policy;
use std::collections::BTreeSet;
use toml::{Table, Value};

const STANDARD: [&str; 5] = ["debugger", "operator", "owner", "scraper", "viewer"];

fuzz_target!(|text: &str| {
    match ops::__fuzz::policy(text) {
        Ok(policy) => assert_matches(&policy, &text.parse().expect("an accepted policy is not TOML")),
        Err((line, reason)) => {
            assert!((1..=text.split('\n').count()).contains(&line), "line {line}: {reason}");
            assert!(!reason.is_empty() && !reason.contains(char::is_control), "{reason:?}");
            for secret in secrets(text) {
                assert!(!reason.contains(&secret), "error discloses {secret:?}: {reason}");
            }
        }
    }
});

/// Checks that `policy` has the users, roles and grants of `file`.
fn assert_matches(policy: &Policy, file: &Table) {
    let nothing = Table::new();
    let table = |key| file.get(key).map_or(&nothing, |value| value.as_table().expect("not a table"));
    let (users, roles) = (table("users"), table("roles"));
    assert!(!users.is_empty() && file.keys().all(|key| key == "users" || key == "roles"));
    let strings = |value: Option<&Value>| -> BTreeSet<String> {
        let list = value.and_then(Value::as_array).into_iter().flatten();
        list.map(|text| text.as_str().expect("not a string").to_owned()).collect()
    };
    for (name, user) in users {
        let user = user.as_table().expect("not a table");
        assert!(user.keys().all(|key| ["roles", "password", "tokens"].contains(&key.as_str())), "{name:?}");
        let assigned = strings(user.get("roles"));
        assert!(assigned.iter().all(|role| STANDARD.contains(&role.as_str()) || roles.contains_key(role)), "{name:?}");
        assert_eq!(policy.roles(name), Some(Vec::from_iter(assigned.clone())));
        let can = |permission: &str| policy.can(name, permission);
        if assigned.is_empty() {
            assert!(!can("admin:read") && !can("health:read") && !can("a"));
        }
        for grant in assigned.iter().flat_map(|role| strings(roles.get(role))) {
            // A wildcard grant covers a permission with any segment in its place.
            assert!(can(&grant.replace('*', "x")), "{name:?} {grant:?}");
        }
        if !assigned.is_empty() && assigned.iter().all(|role| role == "scraper") {
            assert!(can("metrics:read") && !can("admin:read"));
        }
    }
    assert!(roles.iter().all(|(name, grants)| !STANDARD.contains(&name.as_str()) && !strings(Some(grants)).is_empty()));
}

/// Returns the password and token hashes of the file that occur nowhere else in it.
fn secrets(text: &str) -> Vec<String> {
    let Ok(file) = text.parse::<Table>() else { return Vec::new() };
    let mut found = Vec::new();
    for user in file.get("users").and_then(Value::as_table).into_iter().flat_map(Table::values) {
        found.extend(user.get("password").and_then(Value::as_str));
        let tokens = user.get("tokens").and_then(Value::as_array).into_iter().flatten();
        found.extend(tokens.filter_map(|token| token.get("sha256")?.as_str()));
    }
    let is_alone = |secret: &&str| secret.len() >= 8 && text.matches(*secret).count() == 1;
    // Plain words can occur in error messages and are not treated as secrets.
    let is_word = |secret: &str| secret.chars().all(|char| char.is_ascii_lowercase() || " -_`".contains(char));
    found.into_iter().filter(is_alone).filter(|secret| !is_word(secret)).map(str::to_owned).collect()
}
