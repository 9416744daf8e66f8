//! Authentication: finds out the caller of a request from its credentials or from the certificate of its connection.

use super::Caller;
use super::audit_trail::record_login_failure;
use super::caller::{AuthenticatedUser, shown_names};
use super::credentials::Credentials;
use super::logins::{LoginError, Logins};
use crate::admin::http::ProblemDetails;
use crate::admin::{ClientAddr, Limits};
use crate::audit::{AuditLog, Authentication, Who};
use crate::rbac::{ClientCertificate, Policy};
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
    /// The response that refuses the request.
    pub(super) async fn authenticate(&self, policy: &Policy, head: &Parts) -> Result<Caller, ProblemDetails> {
        let peer = ClientAddr::of(head);
        let now = policy.snapshot();
        let wrong = |shown, user: Option<&str>| {
            let who = Who { user: user.map(str::to_owned), authentication: Some(shown), ..Who::default() };
            record_login_failure(&self.audit, who, head);
            ProblemDetails::unauthorized("the credentials are wrong")
        };
        match Credentials::of(&head.headers) {
            Credentials::Bearer(token) => {
                let found = now.bearer(&token, SystemTime::now());
                let found = found.map(|(name, digest)| (name.to_owned(), Some(digest.short())));
                let authentication = Authentication::Bearer;
                let user = found.map(|(name, token)| AuthenticatedUser {
                    name,
                    authentication,
                    token,
                    certificate: None,
                    policy: now,
                });
                user.map(Caller::User).ok_or_else(|| wrong(authentication, None))
            }
            Credentials::Basic { user, password } => match self.logins.check(&now, &user, password, peer).await {
                // What was taken away while the password was checked is not given.
                Ok(()) => AuthenticatedUser::still(&user, &now, policy.snapshot())
                    .map(Caller::User)
                    .ok_or_else(|| wrong(Authentication::Basic, Some(&user))),
                Err(LoginError::InvalidCredentials) => Err(wrong(Authentication::Basic, Some(&user))),
                Err(LoginError::Throttled(wait)) => Err(ProblemDetails::too_many(wait)),
                Err(LoginError::QueueFull) => {
                    Err(ProblemDetails::busy("too many logins at once: come back in a second"))
                }
                Err(LoginError::OutOfMemory) => {
                    Err(ProblemDetails::busy("there is no memory to check the password in: come back in a second"))
                }
                Err(LoginError::Panicked) => Err(ProblemDetails::internal("the password could not be checked")),
            },
            Credentials::None => match head.extensions.get::<Arc<ClientCertificate>>() {
                None => Err(ProblemDetails::unauthorized("this needs credentials")),
                Some(certificate) => {
                    let user = now.holder(certificate).map(str::to_owned);
                    let authentication = Authentication::Certificate;
                    let user = user.map(|name| AuthenticatedUser {
                        name,
                        authentication,
                        token: None,
                        certificate: Some(certificate.clone()),
                        policy: now,
                    });
                    user.map(Caller::User).ok_or_else(|| {
                        let authentication = Some(authentication);
                        let who = Who { authentication, certificate: shown_names(certificate), ..Who::default() };
                        record_login_failure(&self.audit, who, head);
                        ProblemDetails::unauthorized("the policy names no user for the certificate")
                    })
                }
            },
            Credentials::Unusable => {
                Err(ProblemDetails::unauthorized("send one `Authorization` header, `Basic` or `Bearer`"))
            }
        }
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("logins", &self.logins).finish_non_exhaustive()
    }
}
