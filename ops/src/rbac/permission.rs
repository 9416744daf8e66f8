//! The grammar of permissions, and what a grant covers.

use super::PolicyError;
use std::fmt;

/// Whether `text` is a permission: `segment(:segment)*`, with segments of `[a-z0-9_-]`.
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

/// Whether `text` is a grant: a permission, one whose last segment is `*`, or `*` alone.
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

/// Whether the first `length` bytes are segments joined by single colons.
const fn is_segments(bytes: &[u8], length: usize) -> bool {
    let mut at = 0;
    let mut segment = 0;
    while at < length {
        match bytes[at] {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => segment += 1,
            b':' if segment > 0 => segment = 0,
            _ => return false,
        }
        at += 1;
    }
    segment > 0
}

/// What `admin:read` gives besides itself.
const IMPLIED_BY_ADMIN_READ: [&str; 3] = ["cluster:read", "health:read", "metrics:read"];

/// What a role gives: one permission, or with `*` at its end all that begin with it.
///
/// A `*` stands for one or more remaining segments. `admin:read` also gives `health:read`, `metrics:read` and
/// `cluster:read`. Case matters, and nothing is ever denied by a grant.
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
    /// Reads a grant.
    ///
    /// # Errors
    /// [`PolicyError::InvalidGrant`] if [`is_grant`] says that it is none.
    pub fn parse(text: &str) -> Result<Grant, PolicyError> {
        if is_grant(text) {
            Ok(Grant(text.to_owned()))
        } else {
            Err(PolicyError::InvalidGrant { text: text.to_owned() })
        }
    }

    /// Whether this grant gives `permission`; never, if that is not a permission.
    pub fn covers(&self, permission: &str) -> bool {
        is_permission(permission)
            && (self.matches(permission) || (IMPLIED_BY_ADMIN_READ.contains(&permission) && self.matches("admin:read")))
    }

    /// The grant as it was written.
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
    fn grants_cover_what_the_table_says() {
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
    fn what_is_not_a_permission_is_never_covered() {
        for text in ["", "*", "admin:*", "Admin:read", "admin:", ":read", "a::b", "a b", "a:b\n", "ä", "a:b\0"] {
            assert!(!Grant::parse("*").unwrap().covers(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_a_grant_is_refused_by_name() {
        for text in ["", "**", "*:read", "admin:re*", "admin:*:read", "admin:", "Admin:*", ":*", "a::*", "a*"] {
            assert_eq!(
                Grant::parse(text).unwrap_err().to_string(),
                format!("`{text}` is not a permission: write words of `[a-z0-9_-]` joined by `:`, the last may be `*`"),
            );
        }
    }

    /// Every text of up to five characters over a small alphabet, against a reference that shares nothing with the code.
    #[test]
    fn the_grammar_and_the_match_agree_with_a_reference_on_every_small_text() {
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
                Err(_) => assert_eq!(reference(grant, "a"), None, "{grant:?} is a grant"),
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
