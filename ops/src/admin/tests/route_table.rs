//! The route table, as tests that are made from it see it.

use crate::admin::auth::Access;
use crate::admin::routes::ROUTES;
use axum::http::Method;

/// A row of the table.
#[derive(Clone, Debug)]
pub(crate) struct TableRow {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: RouteAccess,
}

/// Actor a route admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteAccess {
    /// Everyone.
    Public,
    /// Authenticated callers, who hold this permission if there is one.
    Restricted(Option<&'static str>),
}

/// The table, as it is where metrics are not protected.
pub(crate) fn table() -> Vec<TableRow> {
    let access = |access| match access {
        Access::Public | Access::PublicWithDetails(_) | Access::PublicUnlessProtected(_) => RouteAccess::Public,
        Access::Authenticated => RouteAccess::Restricted(None),
        Access::Permission(permission) => RouteAccess::Restricted(Some(permission)),
    };
    let rows = ROUTES.iter().map(|route| &route.info);
    rows.map(|info| TableRow { method: info.method.clone(), path: info.path, access: access(info.access) }).collect()
}
