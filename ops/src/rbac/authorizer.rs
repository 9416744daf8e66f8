//! External authorization: decisions by another system, such as Open Policy Agent or Cedar.

use crate::audit::Authentication;
use std::error::Error;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

/// The error of an [`Authorizer`]; `?` converts any error to it.
pub type AuthorizerError = Box<dyn Error + Send + Sync>;

/// The future returned by [`Authorizer::authorize`].
pub type DecisionFuture<'a> = Pin<Box<dyn Future<Output = Result<Decision, AuthorizerError>> + Send + 'a>>;

/// External authorization of authenticated users, in place of the grants of their roles.
///
/// The policy still authenticates callers: it defines the users, their roles and their credentials. The authorizer decides on
/// each request that requires a permission, and on each link of `/admin`. Public endpoints (the probes, and `/metrics` unless
/// [protected](crate::ApiBuilder::protect_metrics)) never call it, so that they do not depend on another system. With an
/// authorizer, they withhold the reasons of failing checks from every caller.
///
/// Decisions run on the tokio runtime on which [`Api::bind`](crate::Api::bind) was called, with a
/// [timeout](crate::Limits::decision_timeout) and a [concurrency limit](crate::Limits::max_concurrent_decisions). A request whose
/// decision fails, panics, times out or exceeds the limit is denied; the failure is logged and counted in
/// `ops_authorizer_errors_total`.
///
/// # Examples
///
/// With `#[async_trait]`, an implementation is an `async fn`:
///
/// ```
/// # use ops::rbac::{AuthorizationRequest, Authorizer, AuthorizerError, Decision};
/// # struct OnDuty;
/// #[async_trait::async_trait]
/// impl Authorizer for OnDuty {
///     async fn authorize(&self, request: AuthorizationRequest) -> Result<Decision, AuthorizerError> {
///         let may = request.permission.ends_with(":read") || request.principal.has_role("on-duty");
///         Ok(Decision::allow_if(may))
///     }
/// }
/// ```
///
/// Without the macro, the implementation boxes the future. This one asks Open Policy Agent; its HTTP client is omitted:
///
/// ```
/// use ops::rbac::{Authentication, AuthorizationRequest, Authorizer, Decision, DecisionFuture, Principal};
/// use serde_json::{Value, json};
/// # use std::io::Error;
///
/// struct OpenPolicyAgent {
///     client: Client,
/// }
///
/// impl Authorizer for OpenPolicyAgent {
///     fn authorize<'s: 'f, 'f>(&'s self, request: AuthorizationRequest) -> DecisionFuture<'f> {
///         Box::pin(async move {
///             let input = json!({
///                 "user": request.principal.user,
///                 "roles": request.principal.roles,
///                 "permission": request.permission,
///                 "method": request.method,
///                 "route": request.route,
///                 "client_ip": request.client_ip,
///             });
///             let answer = self.client.post("/v1/data/ops/allow", json!({ "input": input })).await?;
///             // OPA omits `result` if no rule applies.
///             Ok(Decision::allow_if(answer["result"] == true))
///         })
///     }
/// }
/// # struct Client;
/// # impl Client {
/// #     async fn post(&self, _path: &str, body: Value) -> Result<Value, Error> {
/// #         Ok(json!({ "result": body["input"]["roles"][0] == "viewer" && body["input"]["method"] == "GET" }))
/// #     }
/// # }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ops::rbac::AuthorizerError> {
/// let agent = OpenPolicyAgent { client: Client };
/// let alice = Principal::new("alice", Authentication::Bearer).roles(["viewer"]);
/// let request = AuthorizationRequest::new(alice, "admin:read").method("GET").route("/info");
/// assert_eq!(agent.authorize(request.clone()).await?, Decision::Allow);
/// assert_eq!(agent.authorize(request.method("PUT")).await?, Decision::Deny);
/// # Ok(())
/// # }
/// ```
pub trait Authorizer: Send + Sync + 'static {
    /// Decides on a request.
    ///
    /// The future is dropped when it times out. It must not block, because it runs on a worker thread of the application's
    /// runtime; use `tokio::task::spawn_blocking` for blocking calls.
    ///
    /// # Errors
    /// If it cannot decide. The request is denied; the error is logged with its sources, and not shown to the caller.
    fn authorize<'s, 'f>(&'s self, request: AuthorizationRequest) -> DecisionFuture<'f>
    where
        's: 'f,
        Self: 'f;
}

impl<T: Authorizer + ?Sized> Authorizer for Arc<T> {
    fn authorize<'s: 'f, 'f>(&'s self, request: AuthorizationRequest) -> DecisionFuture<'f> {
        (**self).authorize(request)
    }
}

impl<T: Authorizer + ?Sized> Authorizer for Box<T> {
    fn authorize<'s: 'f, 'f>(&'s self, request: AuthorizationRequest) -> DecisionFuture<'f> {
        (**self).authorize(request)
    }
}

/// The decision of an [`Authorizer`]. Only [`Allow`](Self::Allow) allows the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decision {
    /// The principal has the permission.
    Allow,
    /// The principal does not have the permission.
    Deny,
}

impl Decision {
    /// Returns [`Allow`](Self::Allow) if `condition` is `true`, else [`Deny`](Self::Deny).
    pub fn allow_if(condition: bool) -> Decision {
        if condition { Decision::Allow } else { Decision::Deny }
    }
}

/// A request for a decision of an [`Authorizer`].
///
/// The server sets all fields. [`new`](Self::new) and the setters are for tests of an authorizer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorizationRequest {
    /// The authenticated user.
    pub principal: Principal,
    /// The permission that the route requires, such as `admin:read`.
    pub permission: String,
    /// The method of the route, such as `PUT`. A `HEAD` request has the method `GET`.
    ///
    /// If the path does not support the method of the request, that method.
    pub method: String,
    /// The route template, such as `/admin/health/{name}/override`, never the path of the request.
    pub route: String,
    /// The IP address of the client, with IPv4-mapped addresses as IPv4; `None` on a Unix socket.
    pub client_ip: Option<IpAddr>,
}

impl AuthorizationRequest {
    /// Creates a request of `principal` for `permission`, without a method, route and client address.
    pub fn new(principal: Principal, permission: impl Into<String>) -> AuthorizationRequest {
        AuthorizationRequest {
            principal,
            permission: permission.into(),
            method: String::new(),
            route: String::new(),
            client_ip: None,
        }
    }

    /// Sets the [method](Self#structfield.method).
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> AuthorizationRequest {
        self.method = method.into();
        self
    }

    /// Sets the [route template](Self#structfield.route).
    #[must_use]
    pub fn route(mut self, route: impl Into<String>) -> AuthorizationRequest {
        self.route = route.into();
        self
    }

    /// Sets the [client address](Self#structfield.client_ip).
    #[must_use]
    pub fn client_ip(mut self, address: impl Into<Option<IpAddr>>) -> AuthorizationRequest {
        self.client_ip = address.into();
        self
    }
}

/// The authenticated user of an [`AuthorizationRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Principal {
    /// The name of the user.
    pub user: String,
    /// The names of the user's roles in the policy, sorted.
    pub roles: Vec<String>,
    /// The kind of credentials that authenticated the user.
    pub authentication: Authentication,
}

impl Principal {
    /// Creates a principal without roles.
    pub fn new(user: impl Into<String>, authentication: Authentication) -> Principal {
        Principal { user: user.into(), roles: Vec::new(), authentication }
    }

    /// Sets the roles.
    #[must_use]
    pub fn roles(mut self, roles: impl IntoIterator<Item = impl Into<String>>) -> Principal {
        self.roles = roles.into_iter().map(Into::into).collect();
        self.roles.sort();
        self
    }

    /// Returns `true` if the user has the role called `name`.
    pub fn has_role(&self, name: &str) -> bool {
        self.roles.iter().any(|role| role == name)
    }
}
