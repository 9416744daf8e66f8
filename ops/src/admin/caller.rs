//! Who sends a request, and what that one may do.

use super::credentials::Credentials;
use super::gate::GateError;
use super::problem::Problem;
use super::state::Admin;
use crate::rbac::Policy;
use axum::http::HeaderMap;
use std::sync::Arc;

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Nobody that is known.
    Anonymous,
    /// Someone on this machine, where no policy is set: may do everything.
    Local,
    /// A user of the policy.
    User(String),
}

impl Caller {
    /// Whether this caller has `permission`.
    pub(super) fn may(&self, admin: &Admin, permission: &str) -> bool {
        match (self, &admin.sources.policy) {
            (Caller::Local, _) => true,
            (Caller::User(user), Some(policy)) => policy.can(user, permission),
            (Caller::User(_), None) | (Caller::Anonymous, _) => false,
        }
    }

    /// Whether this caller is told why a check fails.
    pub(super) fn sees_reasons(&self, admin: &Admin) -> bool {
        admin.sources.policy.is_none() || self.may(admin, "health:read")
    }

    /// The user that the credentials of a request are right for.
    pub(super) async fn log_in(admin: &Admin, policy: &Arc<Policy>, headers: &HeaderMap) -> Result<Caller, Problem> {
        let (user, password) = match Credentials::of(headers) {
            Credentials::Basic { user, password } => (user, password),
            Credentials::None => return Err(Problem::unauthorized("this needs credentials")),
            Credentials::Unusable => {
                return Err(Problem::unauthorized("send one `Authorization` header with `Basic` credentials"));
            }
        };
        let check = {
            let (policy, user) = (policy.clone(), user.clone());
            move || policy.authenticate(&user, &password)
        };
        match admin.logins.run(check).await {
            Ok(true) => Ok(Caller::User(user)),
            Ok(false) => Err(Problem::unauthorized("the user or the password is wrong")),
            Err(GateError::Full) => Err(Problem::busy("too many logins at once: come back in a second")),
            Err(GateError::Panicked(_)) => Err(Problem::internal("the password could not be checked")),
        }
    }
}
