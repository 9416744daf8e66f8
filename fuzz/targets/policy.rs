//! The text of a policy file: what is read is what TOML says, and what is refused is refused with a line and no secret.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ops::rbac::Policy;
use std::collections::BTreeSet;
use toml::{Table, Value};

const STANDARD: [&str; 5] = ["debugger", "operator", "owner", "scraper", "viewer"];

fuzz_target!(|text: &str| {
    match ops::__fuzz::policy(text) {
        Ok(policy) => is_what_it_says(&policy, &text.parse().expect("TOML")),
        Err((line, reason)) => {
            assert!((1..=text.split('\n').count()).contains(&line), "line {line}: {reason}");
            assert!(!reason.is_empty() && !reason.contains(char::is_control), "{reason:?}");
            for secret in secrets(text) {
                assert!(!reason.contains(&secret), "{secret} is in {reason}");
            }
        }
    }
});

fn is_what_it_says(policy: &Policy, file: &Table) {
    let nothing = Table::new();
    let table = |key| file.get(key).map_or(&nothing, |value| value.as_table().expect("a table"));
    let (users, roles) = (table("users"), table("roles"));
    assert!(!users.is_empty() && file.keys().all(|key| key == "users" || key == "roles"));
    let strings = |value: Option<&Value>| -> BTreeSet<String> {
        let list = value.and_then(Value::as_array).into_iter().flatten();
        list.map(|text| text.as_str().expect("a string").to_owned()).collect()
    };
    for (name, user) in users {
        let user = user.as_table().expect("a table");
        assert!(user.keys().all(|key| ["roles", "password", "tokens"].contains(&key.as_str())), "{name:?}");
        let theirs = strings(user.get("roles"));
        assert!(theirs.iter().all(|role| STANDARD.contains(&role.as_str()) || roles.contains_key(role)), "{name:?}");
        assert_eq!(policy.roles(name), Some(Vec::from_iter(theirs.clone())));
        let may = |permission: &str| policy.can(name, permission);
        if theirs.is_empty() {
            assert!(!may("admin:read") && !may("health:read") && !may("a"));
        }
        for grant in theirs.iter().flat_map(|role| strings(roles.get(role))) {
            // One that is no permission by itself begins some.
            assert!(may(&grant.replace('*', "x")), "{name:?} {grant:?}");
        }
        if !theirs.is_empty() && theirs.iter().all(|role| role == "scraper") {
            assert!(may("metrics:read") && !may("admin:read"));
        }
    }
    assert!(roles.iter().all(|(name, grants)| !STANDARD.contains(&name.as_str()) && !strings(Some(grants)).is_empty()));
}

/// What stands where passwords and tokens do, and nowhere else.
fn secrets(text: &str) -> Vec<String> {
    let Ok(file) = text.parse::<Table>() else { return Vec::new() };
    let mut found = Vec::new();
    for user in file.get("users").and_then(Value::as_table).into_iter().flat_map(Table::values) {
        found.extend(user.get("password").and_then(Value::as_str));
        let tokens = user.get("tokens").and_then(Value::as_array).into_iter().flatten();
        found.extend(tokens.filter_map(|token| token.get("sha256")?.as_str()));
    }
    let is_alone = |secret: &&str| secret.len() >= 8 && text.matches(*secret).count() == 1;
    // A word of the messages is no secret.
    let is_word = |secret: &str| secret.chars().all(|char| char.is_ascii_lowercase() || " -_`".contains(char));
    found.into_iter().filter(is_alone).filter(|secret| !is_word(secret)).map(str::to_owned).collect()
}
