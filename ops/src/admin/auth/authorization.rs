//! Authorization: decides by the roles of the policy, or by an external authorizer.

use super::access::Target;
use super::authorizer_errors::{AuthorizerErrorMetrics, AuthorizerErrors, Reason};
use super::caller::AuthenticatedUser;
use crate::admin::ApiConfig;
use crate::admin::limits::{Bulkhead, BulkheadError, ClientAddr};
use crate::log;
use crate::rbac::{AuthorizationRequest, Authorizer, Decision, Principal};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// The authorization of one server, by roles or by an external authorizer.
pub(super) struct Authorization {
    /// External authorizer, which replaces the grants of the policy.
    external: Option<ExternalAuthorization>,
}

/// Authorization by an external authorizer, which runs on the runtime of the application.
struct ExternalAuthorization {
    authorizer: Arc<dyn Authorizer>,
    application: Handle,
    decisions: Bulkhead,
    decision_timeout: Duration,
    errors: Arc<AuthorizerErrors>,
}

impl Authorization {
    /// Creates the authorization of a server, by the authorizer of `config`, if any, or by roles.
    pub(super) fn new(config: &ApiConfig, application: &Handle) -> Authorization {
        let limits = &config.limits;
        let external = config.authorizer.clone().map(|authorizer| ExternalAuthorization {
            authorizer,
            application: application.clone(),
            decisions: Bulkhead::new(limits.max_concurrent_decisions, 16 * limits.max_concurrent_decisions.min(64)),
            decision_timeout: limits.decision_timeout,
            errors: Arc::default(),
        });
        Authorization { external }
    }

    /// Returns the metrics of the external authorizer, if configured.
    pub(super) fn metrics(&self) -> Option<AuthorizerErrorMetrics> {
        self.external.as_ref().map(|external| AuthorizerErrorMetrics(external.errors.clone()))
    }

    /// Returns `true` if `user`, connected from `client`, has `permission` for `target`.
    pub(super) async fn allows(
        &self,
        user: &AuthenticatedUser,
        permission: &'static str,
        target: Target<'_>,
        client: ClientAddr,
    ) -> bool {
        let Some(external) = &self.external else { return user.is_granted(permission) };
        let principal = Principal::new(&user.name, user.authentication).roles(user.roles());
        let request = AuthorizationRequest::new(principal, permission)
            .method(target.method)
            .route(target.route)
            .client_ip(client.ip());
        // Boxed to keep the future of other requests small.
        Box::pin(external.decide(request)).await == Decision::Allow
    }

    /// Returns `true` if the roles of `user` grant `permission` and no external authorizer is configured.
    pub(super) fn is_granted_by_role(&self, user: &AuthenticatedUser, permission: &str) -> bool {
        self.external.is_none() && user.is_granted(permission)
    }
}

impl ExternalAuthorization {
    /// Returns the decision of the authorizer, or [`Decision::Deny`] if it fails or times out.
    async fn decide(&self, request: AuthorizationRequest) -> Decision {
        let (user, permission) = (request.principal.user.clone(), request.permission.clone());
        let authorizer = self.authorizer.clone();
        let decision = self.decisions.run_on(&self.application, async move { authorizer.authorize(request).await });
        let (reason, error) = match timeout(self.decision_timeout, decision).await {
            Ok(Ok(Ok(decision))) => return decision,
            Ok(Ok(Err(error))) => (Reason::Error, chain(&*error)),
            Ok(Err(BulkheadError::Panicked(message))) => (Reason::Panic, message),
            Ok(Err(BulkheadError::Full)) => (Reason::Overload, "too many decisions are pending".to_owned()),
            Ok(Err(BulkheadError::Stopped)) => {
                (Reason::Stopped, "the runtime of the application has shut down".to_owned())
            }
            Err(_elapsed) => (Reason::Timeout, format!("no decision after {:?}", self.decision_timeout)),
        };
        self.errors.count(reason);
        let reason = reason.as_str();
        log::emit(move || {
            tracing::error!(reason, %error, %user, %permission, "the authorizer made no decision: the request is denied");
        });
        Decision::Deny
    }
}

/// Formats `error` and its sources.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_external = self.external.is_some();
        f.debug_struct("Authorization").field("is_external", &is_external).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbac::{Authentication, AuthorizerError, DecisionFuture};
    use std::io;

    /// An authorizer whose failure mode is the requested permission.
    struct Failing;

    impl Authorizer for Failing {
        fn authorize<'s: 'f, 'f>(&'s self, request: AuthorizationRequest) -> DecisionFuture<'f> {
            Box::pin(async move {
                match &*request.permission {
                    "error" => Err(AuthorizerError::from(io::Error::other("no route to the policy server"))),
                    "panic" => panic!("no luck"),
                    "hang" => std::future::pending().await,
                    _ => Ok(Decision::Allow),
                }
            })
        }
    }

    fn external(application: &Handle) -> ExternalAuthorization {
        ExternalAuthorization {
            authorizer: Arc::new(Failing),
            application: application.clone(),
            decisions: Bulkhead::new(1, 0),
            decision_timeout: Duration::from_secs(2),
            errors: Arc::default(),
        }
    }

    fn request(permission: &str) -> AuthorizationRequest {
        AuthorizationRequest::new(Principal::new("alice", Authentication::Bearer), permission)
    }

    #[tokio::test(start_paused = true)]
    async fn authorizer_failures_deny_count_and_release_the_permit() {
        let external = external(&Handle::current());
        for (permission, reason) in [("error", "error"), ("panic", "panic"), ("hang", "timeout")] {
            assert_eq!(external.decide(request(permission)).await, Decision::Deny, "{permission}");
            assert_eq!(external.errors.of(reason), 1, "{permission}");
            // An aborted task releases its permit once the runtime drops it.
            tokio::task::yield_now().await;
            assert_eq!(external.decide(request("else")).await, Decision::Allow, "{permission}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn denies_decisions_beyond_the_concurrency_limit() {
        let external = external(&Handle::current());
        let (first, second) = tokio::join!(external.decide(request("hang")), external.decide(request("else")));
        assert_eq!((first, second), (Decision::Deny, Decision::Deny));
        assert_eq!((external.errors.of("timeout"), external.errors.of("overload")), (1, 1));
    }

    #[test]
    fn denies_once_the_application_runtime_has_shut_down() {
        let application = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let external = external(application.handle());
        application.shutdown_background();
        let server = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(server.block_on(external.decide(request("else"))), Decision::Deny);
        assert_eq!(external.errors.of("stopped"), 1);
    }

    #[test]
    fn chain_includes_the_sources_of_an_error() {
        let error = io::Error::other(crate::rbac::PolicyError::NoSuchUser { user: "alice".to_owned() });
        assert!(chain(&error).contains("alice"), "{}", chain(&error));
    }
}
