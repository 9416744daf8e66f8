//! The caller of a request.

use crate::audit::{Authentication, ShownName, Who};
use crate::rbac::{ClientCertificate, Snapshot};
use std::sync::Arc;

/// The caller of a request.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// A caller without valid credentials.
    Anonymous,
    /// A process on this machine, where no policy is set: has every permission.
    Local,
    /// A user of the policy.
    User(AuthenticatedUser),
}

/// An authenticated user, with the policy as it is for the whole of one request.
#[derive(Clone, Debug)]
pub(crate) struct AuthenticatedUser {
    pub(crate) name: String,
    pub(crate) authentication: Authentication,
    /// Which of the user's tokens, as [`TokenDigest::short`](crate::rbac::TokenDigest::short) calls it.
    pub(super) token: Option<String>,
    /// The certificate that the user has shown, if that is how.
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    pub(super) policy: Arc<Snapshot>,
}

impl Caller {
    /// The caller as the audit log names it.
    pub(crate) fn who(&self) -> Who {
        match self {
            Caller::User(user) => Who {
                user: Some(user.name.clone()),
                authentication: Some(user.authentication),
                token: user.token.clone(),
                certificate: user.certificate.as_deref().map(shown_names).unwrap_or_default(),
            },
            Caller::Anonymous | Caller::Local => Who::default(),
        }
    }
}

/// The names in a certificate for the audit log, as many as a policy would need to know it.
pub(super) fn shown_names(certificate: &ClientCertificate) -> Vec<ShownName> {
    /// So that a certificate with thousands of names makes no line that nobody can read.
    const ALTERNATIVES: usize = 8;
    let (alternatives, whole): (Vec<_>, Vec<_>) = certificate.names().partition(|name| name.is_alternative());
    let names = alternatives.into_iter().take(ALTERNATIVES).chain(whole);
    names.map(|name| ShownName { kind: name.kind(), name: name.value() }).collect()
}

impl AuthenticatedUser {
    /// The user under the policy `now`, if that still has the password that was checked under the policy `then`.
    pub(super) fn still(name: &str, then: &Arc<Snapshot>, now: Arc<Snapshot>) -> Option<AuthenticatedUser> {
        let same = then.generation() == now.generation() || then.challenge(name).hash() == now.challenge(name).hash();
        let authentication = Authentication::Basic;
        same.then(|| AuthenticatedUser {
            name: name.to_owned(),
            authentication,
            token: None,
            certificate: None,
            policy: now,
        })
    }

    pub(crate) fn roles(&self) -> Vec<String> {
        self.policy.roles(&self.name).unwrap_or_default()
    }

    pub(crate) fn permissions(&self) -> Vec<String> {
        self.policy.grants(&self.name).unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    /// Returns `true` if the roles of the user grant `permission`.
    pub(super) fn is_granted(&self, permission: &str) -> bool {
        self.policy.can(&self.name, permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbac::{Cost, Policy};

    #[test]
    fn a_login_is_one_of_the_policy_as_it_has_become_while_its_password_was_checked() {
        let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
        policy.add_user("alice", &[]);
        policy.set_password("alice", "s3cr3t").unwrap();
        let then = policy.snapshot();
        let still = || AuthenticatedUser::still("alice", &then, policy.snapshot()).map(|user| user.roles());
        assert_eq!(still(), Some(vec![]));
        policy.add_user("alice", &["viewer"]);
        assert_eq!(still(), Some(vec!["viewer".to_owned()]), "with the roles that she has now");
        policy.set_password("alice", "another").unwrap();
        assert_eq!(still(), None, "it was the password before");
        policy.remove_user("alice");
        assert_eq!(still(), None);
    }
}
