//! Who a route is for, as the route table declares it.

/// Who a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everyone. Credentials are not even looked at.
    Everyone,
    /// Everyone; holders of the permission see more.
    EveryoneInPart(&'static str),
    /// Everyone, or when metrics are protected the holders of the permission.
    EveryoneUnlessProtected(&'static str),
    /// Whoever is known.
    AnyCaller,
    /// The holders of the permission.
    Holders(&'static str),
}

/// A route that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) access: Access,
    /// The method of the route; that of the request if the route has no such method.
    pub(crate) method: &'a str,
    /// The template of the route; empty if there is no route.
    pub(crate) route: &'static str,
}

impl Access {
    /// The access to a path whatever the method: that of its routes, as far as it does not depend on a permission.
    pub(crate) fn of_path(self) -> Access {
        match self {
            Access::Everyone | Access::EveryoneInPart(_) => Access::Everyone,
            Access::EveryoneUnlessProtected(_) => self,
            Access::AnyCaller | Access::Holders(_) => Access::AnyCaller,
        }
    }

    /// The permission that the route requires, given whether metrics are protected; `None` if it requires none.
    pub(super) fn permission(self, metrics_are_protected: bool) -> Option<&'static str> {
        match self {
            Access::Everyone | Access::EveryoneInPart(_) | Access::AnyCaller => None,
            Access::EveryoneUnlessProtected(permission) => metrics_are_protected.then_some(permission),
            Access::Holders(permission) => Some(permission),
        }
    }

    /// Returns `true` if the route needs no credentials, given whether metrics are protected.
    pub(super) fn is_public(self, metrics_are_protected: bool) -> bool {
        self != Access::AnyCaller && self.permission(metrics_are_protected).is_none()
    }

    /// Returns `true` for the probes, which kubelets and load balancers send under any name of this machine.
    pub(super) fn is_probe(self) -> bool {
        matches!(self, Access::Everyone | Access::EveryoneInPart(_))
    }
}
