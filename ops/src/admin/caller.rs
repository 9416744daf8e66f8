//! Who sends a request, and what that one may do.

use super::audit;
use super::credentials::Credentials;
use super::logins::Refusal;
use super::peer::Peer;
use super::problem::Problem;
use super::state::Admin;
use crate::audit::{Authentication, Who};
use crate::rbac::{ClientCertificate, Policy, Snapshot, Subject};
use axum::http::request::Parts;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::time::timeout;

/// Who sends a request.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    /// Nobody that is known.
    Anonymous,
    /// Someone on this machine, where no policy is set: may do everything.
    Local,
    /// A user of the policy.
    User(User),
}

/// A user, as the policy is for the whole of one request.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) authentication: Authentication,
    /// Which of the user's tokens, as [`TokenDigest::short`](crate::rbac::TokenDigest::short) calls it.
    token: Option<String>,
    policy: Arc<Snapshot>,
}

impl Caller {
    /// Whom the audit log tells of.
    pub(super) fn who(&self) -> Who {
        match self {
            Caller::User(user) => Who {
                user: Some(user.name.clone()),
                authentication: Some(user.authentication),
                token: user.token.clone(),
            },
            Caller::Anonymous | Caller::Local => Who::default(),
        }
    }

    /// Whether this caller has `permission`.
    pub(super) async fn may(&self, admin: &Admin, permission: &'static str) -> bool {
        match self {
            Caller::Local => true,
            Caller::Anonymous => false,
            Caller::User(user) => user.may(admin, permission).await,
        }
    }

    /// Whether this caller is told why a check fails.
    pub(super) async fn sees_reasons(&self, admin: &Admin) -> bool {
        admin.sources.policy.is_none() || self.may(admin, "health:read").await
    }

    /// The user that the credentials of a request are right for: those of its header, and if it has none the certificate that
    /// its connection began with.
    pub(super) async fn log_in(admin: &Admin, policy: &Policy, head: &Parts) -> Result<Caller, Problem> {
        let peer = head.extensions.get().copied().unwrap_or(Peer::Local);
        let now = policy.snapshot();
        let wrong = |shown, user: Option<&str>| {
            audit::login_failed(admin, shown, user, head);
            Problem::unauthorized("the credentials are wrong")
        };
        match Credentials::of(&head.headers) {
            Credentials::Bearer(token) => {
                let found = now.bearer(&token, SystemTime::now());
                let found = found.map(|(name, digest)| (name.to_owned(), Some(digest.short())));
                let authentication = Authentication::Bearer;
                let user = found.map(|(name, token)| User { name, authentication, token, policy: now });
                user.map(Caller::User).ok_or_else(|| wrong(authentication, None))
            }
            Credentials::Basic { user, password } => match admin.logins.check(&now, &user, password, peer).await {
                // What was taken away while the password was checked is not given.
                Ok(()) => User::still(&user, &now, policy.snapshot())
                    .map(Caller::User)
                    .ok_or_else(|| wrong(Authentication::Basic, Some(&user))),
                Err(Refusal::Wrong) => Err(wrong(Authentication::Basic, Some(&user))),
                Err(Refusal::TooMany(wait)) => Err(Problem::too_many(wait)),
                Err(Refusal::Busy) => Err(Problem::busy("too many logins at once: come back in a second")),
                Err(Refusal::NoMemory) => {
                    Err(Problem::busy("there is no memory to check the password in: come back in a second"))
                }
                Err(Refusal::Broken) => Err(Problem::internal("the password could not be checked")),
            },
            Credentials::None => match head.extensions.get::<Arc<ClientCertificate>>() {
                None => Err(Problem::unauthorized("this needs credentials")),
                Some(certificate) => {
                    let user = now.holder(certificate).map(str::to_owned);
                    let authentication = Authentication::Certificate;
                    let user = user.map(|name| User { name, authentication, token: None, policy: now });
                    user.map(Caller::User).ok_or_else(|| {
                        audit::login_failed(admin, authentication, None, head);
                        Problem::unauthorized("the policy names no user for the certificate")
                    })
                }
            },
            Credentials::Unusable => Err(Problem::unauthorized("send one `Authorization` header, `Basic` or `Bearer`")),
        }
    }
}

impl User {
    /// The user as the policy is `now`, if that still has the password that was checked `then`.
    fn still(name: &str, then: &Arc<Snapshot>, now: Arc<Snapshot>) -> Option<User> {
        let same = then.generation() == now.generation() || then.challenge(name).hash() == now.challenge(name).hash();
        let authentication = Authentication::Basic;
        same.then(|| User { name: name.to_owned(), authentication, token: None, policy: now })
    }

    pub(super) fn roles(&self) -> Vec<String> {
        self.policy.roles(&self.name).unwrap_or_default()
    }

    pub(super) fn permissions(&self) -> Vec<String> {
        self.policy.grants(&self.name).unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    async fn may(&self, admin: &Admin, permission: &'static str) -> bool {
        let Some(authorizer) = admin.sources.authorizer.clone() else {
            return self.policy.can(&self.name, permission);
        };
        let (name, roles) = (self.name.clone(), self.roles());
        let decision = admin.decisions.run(move || authorizer.allows(&Subject::new(&name, &roles), permission));
        match Box::pin(timeout(admin.sources.limits.decision_timeout, decision)).await {
            Ok(Ok(allowed)) => allowed,
            Ok(Err(error)) => {
                tracing::error!(?error, permission, "the authorizer gives no decision");
                false
            }
            Err(_elapsed) => {
                tracing::error!(permission, "the authorizer gives no decision in time");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbac::Cost;

    #[test]
    fn a_login_is_one_of_the_policy_as_it_has_become_while_its_password_was_checked() {
        let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
        policy.add_user("alice", &[]);
        policy.set_password("alice", "s3cr3t").unwrap();
        let then = policy.snapshot();
        let still = || User::still("alice", &then, policy.snapshot()).map(|user| user.roles());
        assert_eq!(still(), Some(vec![]));
        policy.add_user("alice", &["viewer"]);
        assert_eq!(still(), Some(vec!["viewer".to_owned()]), "with the roles that she has now");
        policy.set_password("alice", "another").unwrap();
        assert_eq!(still(), None, "it was the password before");
        policy.remove_user("alice");
        assert_eq!(still(), None);
    }
}
