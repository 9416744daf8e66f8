//! Access control: admits or rejects a request to its route.

use super::access::Target;
use super::authorizer_errors::AuthorizerErrorMetrics;
use super::caller::Caller;
use super::host::{check_host, check_host_header};
use super::{Access, Authenticator, Authorization};
use crate::admin::ApiConfig;
use crate::admin::http::ProblemDetails;
use crate::admin::limits::ClientAddr;
use crate::rbac::Policy;
use axum::http::request::Parts;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Permission to see the reasons of failing checks.
const READ_HEALTH: &str = "health:read";

/// Network exposure of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// Reachable from this machine only.
    Loopback,
    /// Reachable from other machines.
    Network,
}

/// The access control of one server: authentication and authorization of its requests.
#[derive(Debug)]
pub(crate) struct AccessControl {
    policy: Option<Arc<Policy>>,
    exposure: Exposure,
    hosts: BTreeSet<String>,
    metrics_are_protected: bool,
    authenticator: Authenticator,
    authorization: Authorization,
}

impl AccessControl {
    /// Creates the access control of a server with this exposure.
    ///
    /// The authorizer runs on the runtime `application`.
    ///
    /// # Errors
    /// If the system provides no randomness.
    pub(crate) fn new(config: &ApiConfig, exposure: Exposure, application: &Handle) -> io::Result<AccessControl> {
        Ok(AccessControl {
            policy: config.policy.clone(),
            exposure,
            hosts: config.hosts.clone(),
            metrics_are_protected: config.metrics_are_protected,
            authenticator: Authenticator::new(&config.limits, config.audit.clone())?,
            authorization: Authorization::new(config, application),
        })
    }

    /// Returns the metrics of the external authorizer, if configured.
    pub(crate) fn authorizer_metrics(&self) -> Option<AuthorizerErrorMetrics> {
        self.authorization.metrics()
    }

    /// Admits a request to `target` and returns its caller.
    ///
    /// # Errors
    /// The response that rejects the request.
    pub(crate) async fn admit(&self, target: Target<'_>, head: &Parts) -> Result<Caller, ProblemDetails> {
        let access = target.access;
        check_host_header(head.version, &head.headers, access.is_probe())?;
        // Browsers cannot connect to a Unix socket. Without a policy the check applies there too, as a second line of defense.
        let is_local = self.exposure == Exposure::Loopback;
        let is_checked = is_local && (self.policy.is_none() || ClientAddr::of(head) != ClientAddr::Local);
        if !access.is_probe() && (is_checked || !self.hosts.is_empty()) {
            check_host(&self.hosts, &head.uri, &head.headers)?;
        }
        let is_public = access.is_public(self.metrics_are_protected);
        match (&self.policy, self.exposure) {
            (None, Exposure::Loopback) => Ok(Caller::Local),
            (None, Exposure::Network) if is_public => Ok(Caller::Anonymous),
            (None, Exposure::Network) => Err(ProblemDetails::forbidden(
                "access denied: no policy is set and this address is reachable from other machines; \
                 set one with `Api::builder().policy(..)`",
            )),
            (Some(policy), _) if is_public => match access {
                // Invalid credentials do not restrict access to a public route.
                Access::PublicWithDetails(_) => Ok(self.authenticator.authenticate_publicly(policy, head)),
                _ => Ok(Caller::Anonymous),
            },
            (Some(policy), _) => {
                let caller = self.authenticator.authenticate(policy, head).await?;
                match self.permission(access) {
                    Some(permission) if !self.allows(&caller, permission, target, ClientAddr::of(head)).await => {
                        Err(ProblemDetails::forbidden(format!("permission denied: this route requires `{permission}`"))
                            .with_actor(caller.actor()))
                    }
                    _ => Ok(caller),
                }
            }
        }
    }

    /// Returns the permission that a route with this access level requires on this server, if any.
    pub(crate) fn permission(&self, access: Access) -> Option<&'static str> {
        access.permission(self.metrics_are_protected)
    }

    /// Returns `true` if `caller`, connected from `client`, has `permission` for `target`.
    pub(crate) async fn allows(
        &self,
        caller: &Caller,
        permission: &'static str,
        target: Target<'_>,
        client: ClientAddr,
    ) -> bool {
        match caller {
            Caller::Local => true,
            Caller::Anonymous => false,
            Caller::User(user) => self.authorization.allows(user, permission, target, client).await,
        }
    }

    /// Returns `true` if a public endpoint shows `caller` the reasons of failing checks.
    ///
    /// The external authorizer is not consulted: a probe must not wait for another system.
    pub(crate) fn shows_failure_reasons(&self, caller: &Caller) -> bool {
        match caller {
            Caller::User(user) => self.authorization.is_granted_by_role(user, READ_HEALTH),
            Caller::Local | Caller::Anonymous => self.policy.is_none(),
        }
    }
}
