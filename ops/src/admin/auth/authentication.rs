//! Authentication: finds out the caller of a request from its credentials or from the certificate of its connection.

use super::Caller;
use super::audit_trail::record_login_failure;
use super::caller::{AuthenticatedUser, shown_names};
use super::credentials::Credentials;
use super::logins::{LoginError, Logins};
use crate::admin::http::ProblemDetails;
use crate::admin::{ClientAddr, Limits};
use crate::audit::{AuditLog, Authentication, Who};
use crate::rbac::{ClientCertificate, Policy, Snapshot};
use axum::http::request::Parts;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

/// Authenticates the callers of one server.
pub(super) struct Authenticator {
    logins: Logins,
    audit: Arc<AuditLog>,
}

impl Authenticator {
    /// Creates an authenticator that records failures in `audit`.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub(super) fn new(limits: &Limits, audit: Arc<AuditLog>) -> io::Result<Authenticator> {
        Ok(Authenticator { logins: Logins::new(limits)?, audit })
    }

    /// Authenticates a request as a user of `policy`: by the credentials in its header or, if it has none, by the client
    /// certificate of its connection.
    ///
    /// # Errors
    /// The response that refuses the request. Refused credentials are on record.
    pub(super) async fn authenticate(&self, policy: &Policy, head: &Parts) -> Result<Caller, ProblemDetails> {
        let peer = ClientAddr::of(head);
        let now = policy.snapshot();
        let refused = |authentication, user: Option<&str>, problem| {
            let who = Who { user: user.map(str::to_owned), authentication, ..Who::default() };
            record_login_failure(&self.audit, who, head);
            problem
        };
        match Credentials::of(&head.headers) {
            Credentials::Bearer(token) => bearer(&now, &token)
                .map(Caller::User)
                .ok_or_else(|| refused(Some(Authentication::Bearer), None, wrong())),
            Credentials::Basic { user, password } => {
                let refused = |problem| refused(Some(Authentication::Basic), Some(&user), problem);
                match self.logins.check(&now, &user, password, peer).await {
                    // What was taken away while the password was checked is not given.
                    Ok(()) => AuthenticatedUser::still(&user, &now, policy.snapshot())
                        .map(Caller::User)
                        .ok_or_else(|| refused(wrong())),
                    Err(LoginError::InvalidCredentials) => Err(refused(wrong())),
                    Err(LoginError::Throttled(wait)) => Err(refused(ProblemDetails::too_many(wait))),
                    Err(LoginError::QueueFull) => {
                        Err(refused(ProblemDetails::busy("too many concurrent logins; retry after 1 s")))
                    }
                    Err(LoginError::OutOfMemory) => Err(refused(ProblemDetails::busy(
                        "there is no memory to verify the password in; retry after 1 s",
                    ))),
                    Err(LoginError::Panicked) => {
                        Err(refused(ProblemDetails::internal("the password could not be verified")))
                    }
                }
            }
            Credentials::None => match head.extensions.get::<Arc<ClientCertificate>>() {
                None => Err(ProblemDetails::unauthorized("this needs credentials")),
                Some(shown) => certificate(&now, shown).map(Caller::User).ok_or_else(|| {
                    let authentication = Some(Authentication::Certificate);
                    let who = Who { authentication, certificate: shown_names(shown), ..Who::default() };
                    record_login_failure(&self.audit, who, head);
                    ProblemDetails::unauthorized("the policy names no user for the certificate")
                }),
            },
            Credentials::Unusable(why) => {
                Err(refused(why.authentication(), None, ProblemDetails::unauthorized(why.to_string())))
            }
        }
    }

    /// Authenticates a request to a public route, which is served to anonymous callers as well.
    ///
    /// Tokens, certificates and passwords that were verified before are tried. Any other password is not: a probe with a stale one
    /// must neither throttle its user nor tell anybody whether it is right.
    pub(super) fn authenticate_publicly(&self, policy: &Policy, head: &Parts) -> Caller {
        let now = policy.snapshot();
        let user = match Credentials::of(&head.headers) {
            Credentials::Bearer(token) => bearer(&now, &token),
            Credentials::Basic { user, password } => {
                let is_known = self.logins.is_known(&now, &user, &password);
                is_known.then(|| AuthenticatedUser::still(&user, &now, now.clone())).flatten()
            }
            Credentials::None => head.extensions.get().and_then(|shown| certificate(&now, shown)),
            Credentials::Unusable(_) => None,
        };
        user.map_or(Caller::Anonymous, Caller::User)
    }
}

fn wrong() -> ProblemDetails {
    ProblemDetails::unauthorized("the credentials are wrong")
}

/// The user whom `token` belongs to.
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

/// The user whom the policy names for `certificate`.
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
