//! The description of a route.

use crate::admin::auth::{Access, Target};
use axum::http::Method;

/// The description of a route, without its handler.
#[derive(Clone, Debug)]
pub(crate) struct RouteInfo {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    /// Short description for people.
    pub(crate) summary: &'static str,
}

impl RouteInfo {
    /// Returns the route as a target of access control.
    pub(crate) fn target(&self) -> Target<'_> {
        Target { access: self.access, method: self.method.as_str(), route: self.path }
    }
}
