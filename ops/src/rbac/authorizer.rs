//! Decisions that are made elsewhere.

/// Decides what the users of a policy may do, in place of the grants of their roles: a way to Cedar, OPA, or what an
/// organisation has.
///
/// The policy still says who there is and checks credentials. A decision is asked for on a thread that may block, so many
/// at a time and with a time limit; one that does not come, or panics, is a refusal.
///
/// ```
/// use ops::rbac::{Authorizer, Subject};
///
/// struct OnDuty;
///
/// impl Authorizer for OnDuty {
///     fn allows(&self, subject: &Subject<'_>, permission: &str) -> bool {
///         permission.ends_with(":read") || subject.roles.iter().any(|role| role == "on-duty")
///     }
/// }
///
/// let roles = ["on-duty".to_owned()];
/// assert!(OnDuty.allows(&Subject::new("alice", &roles), "admin:write"));
/// assert!(!OnDuty.allows(&Subject::new("bob", &[]), "admin:write"));
/// ```
pub trait Authorizer: Send + Sync + 'static {
    /// Whether `subject` may do what needs `permission`.
    fn allows(&self, subject: &Subject<'_>, permission: &str) -> bool;
}

/// Whom a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subject<'a> {
    /// The name of the user, whose credentials were right.
    pub user: &'a str,
    /// The names of the roles that the policy gives that user, sorted.
    pub roles: &'a [String],
}

impl<'a> Subject<'a> {
    /// A user with `roles`.
    pub fn new(user: &'a str, roles: &'a [String]) -> Subject<'a> {
        Subject { user, roles }
    }
}
