//! Permissions and grants: their grammar, and the permissions that a grant covers.

use super::PolicyError;
use std::fmt;

/// Returns `true` if `text` is a permission: `segment(:segment)*`, with segments of `[a-z0-9_-]`.
///
/// ```
/// use ops::rbac::is_permission;
///
/// assert!(is_permission("admin:log:write"));
/// assert!(!is_permission("admin:*") && !is_permission("Admin:read") && !is_permission("admin:"));
/// ```
pub const fn is_permission(text: &str) -> bool {
    let bytes = text.as_bytes();
    is_segments(bytes, bytes.len())
}

/// Returns `true` if `text` is a grant: a permission, a permission whose last segment is `*`, or `*`.
///
/// ```
/// use ops::rbac::is_grant;
///
/// assert!(is_grant("admin:read") && is_grant("admin:*") && is_grant("*"));
/// assert!(!is_grant("*:read") && !is_grant("admin:re*"));
/// ```
pub const fn is_grant(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes {
        [b'*'] => true,
        [.., b':', b'*'] => is_segments(bytes, bytes.len() - 2),
        _ => is_permission(text),
    }
}

/// Returns `true` if the first `length` bytes are segments separated by single colons.
const fn is_segments(bytes: &[u8], length: usize) -> bool {
    let mut index = 0;
    let mut segment = 0;
    while index < length {
        match bytes[index] {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => segment += 1,
            b':' if segment > 0 => segment = 0,
            _ => return false,
        }
        index += 1;
    }
    segment > 0
}

/// The permissions that `admin:read` implies.
const IMPLIED_BY_ADMIN_READ: [&str; 3] = ["cluster:read", "health:read", "metrics:read"];

/// A grant of a role: a permission, or a permission pattern with a trailing `*`.
///
/// A trailing `*` stands for one or more segments. `admin:read` also grants `health:read`, `metrics:read` and
/// `cluster:read`. Grants are case-sensitive; there are no deny rules.
///
/// ```
/// use ops::rbac::Grant;
///
/// let grant = Grant::parse("admin:*")?;
/// assert!(grant.covers("admin:read") && grant.covers("admin:log:write"));
/// assert!(!grant.covers("admin") && !grant.covers("administrator:read"));
/// # Ok::<(), ops::rbac::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant(String);

impl Grant {
    /// Parses a grant.
    ///
    /// # Errors
    /// [`PolicyError::InvalidGrant`] unless [`is_grant`] returns `true`.
    pub fn parse(text: &str) -> Result<Grant, PolicyError> {
        if is_grant(text) {
            Ok(Grant(text.to_owned()))
        } else {
            Err(PolicyError::InvalidGrant { text: text.to_owned() })
        }
    }

    /// Returns `true` if this grant covers `permission`. No grant covers an invalid permission.
    pub fn covers(&self, permission: &str) -> bool {
        is_permission(permission)
            && (self.matches(permission) || (IMPLIED_BY_ADMIN_READ.contains(&permission) && self.matches("admin:read")))
    }

    /// Returns the grant as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn matches(&self, permission: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) => permission.len() > prefix.len() && permission.starts_with(prefix),
            None => self.0 == permission,
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grant_covers_its_permissions() {
        for (grant, permission, covered) in [
            ("tx:read", "tx:read", true),
            ("tx:read", "tx:void", false),
            ("tx:read", "tx", false),
            ("tx:read", "tx:read:all", false),
            ("tx", "tx", true),
            ("tx", "tx:read", false),
            ("admin:*", "admin", false),
            ("admin:*", "admin:read", true),
            ("admin:*", "admin:log:write", true),
            ("admin:*", "administrator:read", false),
            ("admin:log:*", "admin:log:write", true),
            ("admin:log:*", "admin:read", false),
            ("*", "admin", true),
            ("*", "admin:log:write", true),
            ("admin:read", "health:read", true),
            ("admin:read", "metrics:read", true),
            ("admin:read", "cluster:read", true),
            ("admin:*", "cluster:read", true),
            ("admin:read", "tx:read", false),
            ("admin:write", "health:read", false),
            ("health:read", "admin:read", false),
        ] {
            assert_eq!(Grant::parse(grant).unwrap().covers(permission), covered, "{grant} {permission}");
        }
    }

    #[test]
    fn invalid_permission_is_never_covered() {
        for text in ["", "*", "admin:*", "Admin:read", "admin:", ":read", "a::b", "a b", "a:b\n", "ä", "a:b\0"] {
            assert!(!Grant::parse("*").unwrap().covers(text), "{text:?}");
        }
    }

    #[test]
    fn rejects_invalid_grants() {
        for text in ["", "**", "*:read", "admin:re*", "admin:*:read", "admin:", "Admin:*", ":*", "a::*", "a*"] {
            assert_eq!(
                Grant::parse(text).unwrap_err().to_string(),
                format!(
                    "invalid permission `{text}`; use segments of `[a-z0-9_-]` joined by `:`, of which the last may be `*`"
                ),
            );
        }
    }

    /// Compares every text of up to five characters over a small alphabet with an independent reference.
    #[test]
    fn grammar_and_matching_agree_with_a_reference_on_every_short_text() {
        fn segments(text: &str) -> Option<Vec<&str>> {
            let segments: Vec<&str> = text.split(':').collect();
            segments.iter().all(|segment| !segment.is_empty() && !segment.contains(['*', 'A'])).then_some(segments)
        }
        fn reference(grant: &str, permission: &str) -> Option<bool> {
            let wanted = segments(permission);
            if grant == "*" {
                return Some(wanted.is_some());
            }
            match grant.strip_suffix(":*") {
                Some(prefix) => {
                    let prefix = segments(prefix)?;
                    Some(wanted.is_some_and(|wanted| wanted.len() > prefix.len() && wanted.starts_with(&prefix)))
                }
                None => {
                    let exact = segments(grant)?;
                    Some(wanted == Some(exact))
                }
            }
        }
        let mut texts = vec![String::new()];
        let mut longest = texts.clone();
        for _ in 0..5 {
            longest = longest
                .iter()
                .flat_map(|text| ['a', 'b', ':', '*', 'A'].map(|character| format!("{text}{character}")))
                .collect();
            texts.extend(longest.iter().cloned());
        }
        let grants: Vec<_> = texts.iter().filter(|text| text.len() <= 4).collect();
        for grant in grants {
            match Grant::parse(grant) {
                Err(_) => assert_eq!(reference(grant, "a"), None, "{grant:?} was rejected"),
                Ok(parsed) => {
                    for permission in &texts {
                        assert_eq!(
                            Some(parsed.covers(permission)),
                            reference(grant, permission),
                            "{grant} {permission}"
                        );
                    }
                }
            }
        }
    }
}
