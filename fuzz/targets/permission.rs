//! Fuzzes the matching of grants and permissions against a simple reference implementation.
//!
//! The last line of the input is the permission, all preceding lines are grants.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ops::rbac::{Cost, Grant, Policy, is_grant, is_permission};

fuzz_target!(|text: &str| {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let permission = lines.pop().unwrap_or_default();
    let wanted = segments(permission);
    assert_eq!(is_permission(permission), wanted.is_some(), "{permission:?}");
    for line in &lines {
        let expected = pattern(line);
        assert_eq!(is_grant(line), expected.is_some(), "{line:?}");
        assert_eq!(Grant::parse(line).is_ok(), expected.is_some(), "{line:?}");
        if let Ok(grant) = Grant::parse(line) {
            assert_eq!(grant.covers(permission), covers(line, permission), "{line:?} {permission:?}");
            assert_eq!(grant.as_str(), *line);
        }
    }
    lines.retain(|line| is_grant(line));
    let policy = Policy::with_cost(Cost::fastest_for_tests());
    policy.add_user("alice", &["all", "none"]);
    policy.add_user("bob", &["none"]);
    policy.add_role("all", &lines);
    assert_eq!(policy.can("alice", permission), lines.iter().any(|line| covers(line, permission)));
    assert!(!policy.can("bob", permission) && !policy.can("ghost", permission));
});

/// Parses a permission into its segments; `None` if it is invalid.
fn segments(text: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = text.split(':').collect();
    let is_word = |word: &&str| {
        !word.is_empty() && word.chars().all(|char| "abcdefghijklmnopqrstuvwxyz0123456789_-".contains(char))
    };
    words.iter().all(is_word).then_some(words)
}

/// Parses a grant into its leading segments and a wildcard flag; `None` if it is invalid.
fn pattern(text: &str) -> Option<(Vec<&str>, bool)> {
    match text.rsplit_once(':') {
        _ if text == "*" => Some((Vec::new(), true)),
        Some((words, "*")) => Some((segments(words)?, true)),
        _ => Some((segments(text)?, false)),
    }
}

/// Returns `true` if `grant` covers `permission`.
fn covers(grant: &str, permission: &str) -> bool {
    let Some(wanted) = segments(permission) else { return false };
    let matches = |wanted: &[&str]| {
        pattern(grant).is_some_and(|(words, wildcard)| match wildcard {
            true => wanted.len() > words.len() && wanted[..words.len()] == words[..],
            false => wanted == words,
        })
    };
    // `admin:read` implies these permissions.
    let is_implied = matches!(permission, "health:read" | "metrics:read" | "cluster:read");
    matches(&wanted) || (is_implied && matches(&["admin", "read"]))
}
