//! The standard roles.

/// The standard roles and their grants, sorted by name.
pub(super) const STANDARD_ROLES: [(&str, &[&str]); 5] = [
    ("debugger", &["admin:read", "admin:debug"]),
    ("operator", &["admin:read", "admin:write", "admin:lifecycle"]),
    ("owner", &["*"]),
    ("scraper", &["metrics:read"]),
    ("viewer", &["admin:read"]),
];
