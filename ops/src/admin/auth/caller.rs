//! Callers of requests, anonymous or authenticated.

use crate::audit::{Actor, Authentication, CertificateName};
use crate::rbac::{ClientCertificate, Snapshot};
use std::sync::Arc;

/// The caller of a request.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// A caller without valid credentials.
    Anonymous,
    /// A local process on a server without a policy. Has every permission.
    Local,
    /// A user of the policy.
    User(AuthenticatedUser),
}

/// An authenticated user, with the policy snapshot that applies to the whole request.
#[derive(Clone, Debug)]
pub(crate) struct AuthenticatedUser {
    pub(crate) name: String,
    pub(crate) authentication: Authentication,
    /// Identifier of the presented token: [`TokenDigest::short`](crate::rbac::TokenDigest::short).
    pub(super) token: Option<String>,
    /// Client certificate that authenticated the user.
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    pub(super) policy: Arc<Snapshot>,
}

impl Caller {
    /// Returns the caller as recorded in the audit log.
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Caller::User(user) => Actor {
                user: Some(user.name.clone()),
                authentication: Some(user.authentication),
                token: user.token.clone(),
                certificate: user.certificate.as_deref().map(certificate_names).unwrap_or_default(),
            },
            Caller::Anonymous | Caller::Local => Actor::default(),
        }
    }
}

/// Returns the names in a certificate that a policy can match, for the audit log.
pub(super) fn certificate_names(certificate: &ClientCertificate) -> Vec<CertificateName> {
    /// Maximum number of subject alternative names, which bounds the length of the record.
    const MAX_ALTERNATIVES: usize = 8;
    let (alternatives, others): (Vec<_>, Vec<_>) = certificate.names().partition(|name| name.is_alternative());
    let names = alternatives.into_iter().take(MAX_ALTERNATIVES).chain(others);
    names.map(|name| CertificateName { kind: name.kind(), name: name.value() }).collect()
}

impl AuthenticatedUser {
    /// Returns the user under the policy `current`, unless the password has changed since `verified`.
    pub(super) fn revalidated(
        name: &str,
        verified: &Arc<Snapshot>,
        current: Arc<Snapshot>,
    ) -> Option<AuthenticatedUser> {
        let same = verified.generation() == current.generation()
            || verified.challenge(name).hash() == current.challenge(name).hash();
        let authentication = Authentication::Basic;
        same.then(|| AuthenticatedUser {
            name: name.to_owned(),
            authentication,
            token: None,
            certificate: None,
            policy: current,
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
    fn policy_changes_during_password_verification_apply_to_the_login() {
        let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
        policy.add_user("alice", &[]);
        policy.set_password("alice", "s3cr3t").unwrap();
        let verified = policy.snapshot();
        let roles = || AuthenticatedUser::revalidated("alice", &verified, policy.snapshot()).map(|user| user.roles());
        assert_eq!(roles(), Some(vec![]));
        policy.add_user("alice", &["viewer"]);
        assert_eq!(roles(), Some(vec!["viewer".to_owned()]), "current roles");
        policy.set_password("alice", "another").unwrap();
        assert_eq!(roles(), None, "the password changed");
        policy.remove_user("alice");
        assert_eq!(roles(), None);
    }
}
