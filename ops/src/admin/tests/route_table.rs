//! The route table, for tests that are generated from it.

use crate::admin::auth::Access;
use crate::admin::routes::ROUTES;
use axum::http::Method;

/// A row of the route table.
#[derive(Clone, Debug)]
pub(crate) struct TableRow {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: RouteAccess,
}

/// The access level of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteAccess {
    /// Any caller.
    Public,
    /// Authenticated callers with this permission, if any.
    Restricted(Option<&'static str>),
}

/// Returns the route table of a server without protected metrics.
pub(crate) fn table() -> Vec<TableRow> {
    let access = |access| match access {
        Access::Public | Access::PublicWithDetails(_) | Access::PublicUnlessProtected(_) => RouteAccess::Public,
        Access::Authenticated => RouteAccess::Restricted(None),
        Access::Permission(permission) => RouteAccess::Restricted(Some(permission)),
    };
    let rows = ROUTES.iter().map(|route| &route.info);
    rows.map(|info| TableRow { method: info.method.clone(), path: info.path, access: access(info.access) }).collect()
}
