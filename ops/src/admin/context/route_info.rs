//! The description of a route, apart from its handler.

use crate::admin::auth::Access;
use axum::http::Method;

/// A route as it is described to callers.
#[derive(Clone, Debug)]
pub(crate) struct RouteInfo {
    pub(in crate::admin) method: Method,
    pub(in crate::admin) path: &'static str,
    pub(in crate::admin) access: Access,
    /// What it answers, for people.
    pub(in crate::admin) summary: &'static str,
}
