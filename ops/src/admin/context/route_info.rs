//! The description of a route, apart from its handler.

use crate::admin::auth::{Access, Target};
use axum::http::Method;

/// A route as it is described to callers.
#[derive(Clone, Debug)]
pub(crate) struct RouteInfo {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    /// What it answers, for people.
    pub(crate) summary: &'static str,
}

impl RouteInfo {
    /// The route, as access control is asked about it.
    pub(crate) fn target(&self) -> Target<'_> {
        Target { access: self.access, method: self.method.as_str(), route: self.path }
    }
}
