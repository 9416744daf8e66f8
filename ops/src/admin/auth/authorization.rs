//! Authorization: whether a caller has a permission, by the roles of the policy or by an external authorizer.

use super::Caller;
use super::caller::AuthenticatedUser;
use crate::admin::Limits;
use crate::admin::limits::Bulkhead;
use crate::rbac::{Authorizer, Subject};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Decides which permissions callers have.
pub(super) struct Authorization {
    /// Decides in place of the grants of the policy.
    authorizer: Option<Arc<dyn Authorizer>>,
    decisions: Bulkhead,
    decision_timeout: Duration,
}

impl Authorization {
    /// Creates an authorization by `authorizer`, or by the grants of the policy if there is none.
    pub(super) fn new(authorizer: Option<Arc<dyn Authorizer>>, limits: &Limits) -> Authorization {
        Authorization {
            authorizer,
            decisions: Bulkhead::new(limits.max_concurrent_decisions, 16 * limits.max_concurrent_decisions.min(64)),
            decision_timeout: limits.decision_timeout,
        }
    }

    /// Returns `true` if `caller` has `permission`.
    pub(super) async fn allows(&self, caller: &Caller, permission: &'static str) -> bool {
        match caller {
            Caller::Local => true,
            Caller::Anonymous => false,
            Caller::User(user) => self.allows_user(user, permission).await,
        }
    }

    async fn allows_user(&self, user: &AuthenticatedUser, permission: &'static str) -> bool {
        let Some(authorizer) = self.authorizer.clone() else { return user.is_granted(permission) };
        let (name, roles) = (user.name.clone(), user.roles());
        let decision = self.decisions.run(move || authorizer.allows(&Subject::new(&name, &roles), permission));
        match Box::pin(timeout(self.decision_timeout, decision)).await {
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

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_external = self.authorizer.is_some();
        f.debug_struct("Authorization").field("is_external", &is_external).finish_non_exhaustive()
    }
}
