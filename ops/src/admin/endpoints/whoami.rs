//! `/admin/whoami`: the identity and permissions of the caller.

use crate::admin::auth::Caller;
use crate::admin::context::RequestContext;
use crate::audit::Authentication;
use axum::Json;
use serde::Serialize;

/// The caller with its roles and permissions.
#[derive(Debug, Serialize)]
pub(crate) struct Identity {
    /// `null` without a policy.
    user: Option<String>,
    /// Kind of the credentials, if authenticated.
    authentication: Option<Authentication>,
    roles: Vec<String>,
    permissions: Vec<String>,
}

pub(crate) async fn whoami(context: RequestContext) -> Json<Identity> {
    let (user, authentication, roles, permissions) = match context.caller {
        Caller::User(user) => (Some(user.name.clone()), Some(user.authentication), user.roles(), user.permissions()),
        Caller::Local => (None, None, Vec::new(), vec!["*".to_owned()]),
        Caller::Anonymous => (None, None, Vec::new(), Vec::new()),
    };
    Json(Identity { user, authentication, roles, permissions })
}
