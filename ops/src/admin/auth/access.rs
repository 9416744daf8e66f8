//! Access levels of routes, as declared in the route table.

/// The access level of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Any caller. Credentials are not read.
    Public,
    /// Any caller; those with the permission get more detail.
    PublicWithDetails(&'static str),
    /// Any caller or, if metrics are protected, callers with the permission.
    PublicUnlessProtected(&'static str),
    /// Any authenticated caller.
    Authenticated,
    /// Callers with the permission.
    Permission(&'static str),
}

/// The route that a request targets, for access control.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) access: Access,
    /// Method of the route, or of the request if no route matches.
    pub(crate) method: &'a str,
    /// Path template of the route; empty if no route matches.
    pub(crate) route: &'static str,
}

impl Access {
    /// Returns the access level of a path regardless of the method, without its permission.
    pub(crate) fn of_path(self) -> Access {
        match self {
            Access::Public | Access::PublicWithDetails(_) => Access::Public,
            Access::PublicUnlessProtected(_) => self,
            Access::Authenticated | Access::Permission(_) => Access::Authenticated,
        }
    }

    /// Returns the permission that the route requires, if any.
    pub(super) fn permission(self, metrics_are_protected: bool) -> Option<&'static str> {
        match self {
            Access::Public | Access::PublicWithDetails(_) | Access::Authenticated => None,
            Access::PublicUnlessProtected(permission) => metrics_are_protected.then_some(permission),
            Access::Permission(permission) => Some(permission),
        }
    }

    /// Returns `true` if the route requires no credentials.
    pub(super) fn is_public(self, metrics_are_protected: bool) -> bool {
        self != Access::Authenticated && self.permission(metrics_are_protected).is_none()
    }

    /// Returns `true` for probes, which kubelets and load balancers send with an arbitrary `Host`.
    pub(super) fn is_probe(self) -> bool {
        matches!(self, Access::Public | Access::PublicWithDetails(_))
    }
}
