//! Authentication: identifies the caller of a request by its credentials or client certificate.

use super::Caller;
use super::audit_trail::record_login_failure;
use super::caller::{AuthenticatedUser, certificate_names};
use super::credentials::Credentials;
use super::logins::{LoginError, Logins};
use crate::admin::http::ProblemDetails;
use crate::admin::{ClientAddr, Limits};
use crate::audit::{Actor, AuditLog, Authentication};
use crate::rbac::{ClientCertificate, Policy, Snapshot};
use axum::http::request::Parts;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

/// The authenticator of one server.
pub(super) struct Authenticator {
    logins: Logins,
    audit: Arc<AuditLog>,
}

impl Authenticator {
    /// Creates an authenticator that records failures in `audit`.
    ///
    /// # Errors
    /// If the system provides no randomness.
    pub(super) fn new(limits: &Limits, audit: Arc<AuditLog>) -> io::Result<Authenticator> {
        Ok(Authenticator { logins: Logins::new(limits)?, audit })
    }

    /// Authenticates a request as a user of `policy`.
    ///
    /// Uses the `Authorization` header or, without one, the client certificate of the connection.
    ///
    /// # Errors
    /// The response that rejects the request. Rejected credentials are recorded in the audit log.
    pub(super) async fn authenticate(&self, policy: &Policy, head: &Parts) -> Result<Caller, ProblemDetails> {
        let peer = ClientAddr::of(head);
        let snapshot = policy.snapshot();
        let refused = |authentication, user: Option<&str>, problem| {
            let actor = Actor { user: user.map(str::to_owned), authentication, ..Actor::default() };
            record_login_failure(&self.audit, actor, head);
            problem
        };
        match Credentials::of(&head.headers) {
            Credentials::Bearer(token) => bearer(&snapshot, &token)
                .map(Caller::User)
                .ok_or_else(|| refused(Some(Authentication::Bearer), None, invalid_credentials())),
            Credentials::Basic { user, password } => {
                let refused = |problem| refused(Some(Authentication::Basic), Some(&user), problem);
                match self.logins.check(&snapshot, &user, password, peer).await {
                    // The user may have been changed or removed during the verification, so the current policy is checked.
                    Ok(()) => AuthenticatedUser::revalidated(&user, &snapshot, policy.snapshot())
                        .map(Caller::User)
                        .ok_or_else(|| refused(invalid_credentials())),
                    Err(LoginError::InvalidCredentials) => Err(refused(invalid_credentials())),
                    Err(LoginError::Throttled(wait)) => Err(refused(ProblemDetails::too_many(wait))),
                    Err(LoginError::QueueFull) => {
                        Err(refused(ProblemDetails::busy("too many concurrent logins; retry after 1 s")))
                    }
                    Err(LoginError::OutOfMemory) => {
                        Err(refused(ProblemDetails::busy("cannot verify the password: out of memory; retry after 1 s")))
                    }
                    Err(LoginError::Panicked) => {
                        Err(refused(ProblemDetails::internal("cannot verify the password: internal error")))
                    }
                }
            }
            Credentials::None => match head.extensions.get::<Arc<ClientCertificate>>() {
                None => Err(ProblemDetails::unauthorized(
                    "authentication required; send `Basic` or `Bearer` credentials in `Authorization`",
                )),
                Some(presented) => certificate(&snapshot, presented).map(Caller::User).ok_or_else(|| {
                    let authentication = Some(Authentication::Certificate);
                    let actor = Actor { authentication, certificate: certificate_names(presented), ..Actor::default() };
                    record_login_failure(&self.audit, actor, head);
                    ProblemDetails::unauthorized(
                        "authentication failed: the policy names no user for the client certificate",
                    )
                }),
            },
            Credentials::Unusable(reason) => {
                Err(refused(reason.authentication(), None, ProblemDetails::unauthorized(reason.to_string())))
            }
        }
    }

    /// Authenticates a request to a public route, falling back to an anonymous caller.
    ///
    /// Accepts tokens, certificates and cached logins. Other passwords are not verified: a public route must not be a password
    /// oracle, and a probe with a stale password must not throttle its user.
    pub(super) fn authenticate_publicly(&self, policy: &Policy, head: &Parts) -> Caller {
        let snapshot = policy.snapshot();
        let user = match Credentials::of(&head.headers) {
            Credentials::Bearer(token) => bearer(&snapshot, &token),
            Credentials::Basic { user, password } => {
                let is_cached = self.logins.is_cached(&snapshot, &user, &password);
                is_cached.then(|| AuthenticatedUser::revalidated(&user, &snapshot, snapshot.clone())).flatten()
            }
            Credentials::None => head.extensions.get().and_then(|presented| certificate(&snapshot, presented)),
            Credentials::Unusable(_) => None,
        };
        user.map_or(Caller::Anonymous, Caller::User)
    }
}

fn invalid_credentials() -> ProblemDetails {
    ProblemDetails::unauthorized("authentication failed: invalid credentials")
}

/// Returns the user that `token` belongs to.
fn bearer(policy: &Arc<Snapshot>, token: &str) -> Option<AuthenticatedUser> {
    let (name, digest) = policy.bearer(token, SystemTime::now())?;
    Some(AuthenticatedUser {
        name: name.to_owned(),
        authentication: Authentication::Bearer,
        token: Some(digest.short()),
        certificate: None,
        policy: policy.clone(),
    })
}

/// Returns the user that the policy maps `certificate` to.
fn certificate(policy: &Arc<Snapshot>, certificate: &Arc<ClientCertificate>) -> Option<AuthenticatedUser> {
    Some(AuthenticatedUser {
        name: policy.holder(certificate)?.to_owned(),
        authentication: Authentication::Certificate,
        token: None,
        certificate: Some(certificate.clone()),
        policy: policy.clone(),
    })
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("logins", &self.logins).finish_non_exhaustive()
    }
}
