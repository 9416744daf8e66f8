//! External authorization: decisions that another system makes, such as Open Policy Agent or Cedar.

use crate::audit::Authentication;
use std::error::Error;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

/// Error of an [`Authorizer`]; `?` converts any error to it.
pub type AuthorizerError = Box<dyn Error + Send + Sync>;

/// Future of a decision, as [`Authorizer::authorize`] returns it.
pub type DecisionFuture<'a> = Pin<Box<dyn Future<Output = Result<Decision, AuthorizerError>> + Send + 'a>>;

/// Decides what the users of a policy may do, in place of the grants of their roles.
///
/// The policy still authenticates: it has the users, their roles and credentials. An authorizer is asked about each request
/// that needs a permission, and about the links of `/admin`. It is never asked by the public endpoints (the probes, and `/metrics`
/// unless [protected](crate::ApiBuilder::protect_metrics)), so that these do not depend on another system; they withhold the
/// reasons of failed checks from every caller where there is an authorizer.
///
/// Decisions are futures on the tokio runtime of the application, the one that [`Api::bind`](crate::Api::bind) was called on. They
/// have a [timeout](crate::Limits::decision_timeout) and a [concurrency limit](crate::Limits::max_concurrent_decisions). An error,
/// a panic or a decision that is late is a refusal, is logged, and is counted in `ops_authorizer_errors_total`.
///
/// # Examples
///
/// The method is declared as `#[async_trait]` expands it, so implementations may use that attribute, and then consist of an
/// `async fn`:
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
/// Without it, the future is boxed by hand. A decision of Open Policy Agent, whose HTTP client is left out here:
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
///             // OPA leaves `result` out where no rule applies.
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
    /// A future that is late is dropped. One that blocks its thread blocks a worker of the application's runtime; use
    /// `tokio::task::spawn_blocking` for calls that block.
    ///
    /// # Errors
    /// If there is no decision. The request is refused, and the error is logged with its sources; callers do not see it.
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

/// Decision of an [`Authorizer`]. The server allows nothing but [`Allow`](Self::Allow).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decision {
    /// The principal has the permission.
    Allow,
    /// The principal does not have the permission.
    Deny,
}

impl Decision {
    /// Returns [`Allow`](Self::Allow) if `condition` holds, else [`Deny`](Self::Deny).
    pub fn allow_if(condition: bool) -> Decision {
        if condition { Decision::Allow } else { Decision::Deny }
    }
}

/// Request that an [`Authorizer`] decides on.
///
/// [`new`](Self::new) and the setters make one for the test of an authorizer; the server sets all fields.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorizationRequest {
    /// The authenticated user.
    pub principal: Principal,
    /// The permission that the route requires, such as `admin:read`.
    pub permission: String,
    /// The method of the route, such as `PUT`. It is `GET` for `HEAD` requests too.
    pub method: String,
    /// The template of the route, such as `/admin/health/{name}/override`, never the path of the request.
    pub route: String,
    /// The IP address of the client; `None` on a Unix socket. An IPv4-mapped IPv6 address is the IPv4 address.
    pub client_ip: Option<IpAddr>,
}

impl AuthorizationRequest {
    /// Creates a request of `principal` for what requires `permission`, without a method, a route or an address.
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

    /// Sets the [template of the route](Self#structfield.route).
    #[must_use]
    pub fn route(mut self, route: impl Into<String>) -> AuthorizationRequest {
        self.route = route.into();
        self
    }

    /// Sets the [address of the client](Self#structfield.client_ip).
    #[must_use]
    pub fn client_ip(mut self, address: impl Into<Option<IpAddr>>) -> AuthorizationRequest {
        self.client_ip = address.into();
        self
    }
}

/// Authenticated user of an [`AuthorizationRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Principal {
    /// The name of the user.
    pub user: String,
    /// The names of the roles that the policy gives the user, sorted.
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
