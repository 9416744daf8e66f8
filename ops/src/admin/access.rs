//! Whether a request may go to the route that was found for it.

use super::caller::Caller;
use super::host;
use super::problem::Problem;
use super::state::{Admin, Exposure};
use axum::http::request::Parts;

/// Who a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
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

impl Access {
    /// The access to a path whatever the method: that of its routes, as far as it does not depend on a permission.
    pub(super) fn of_path(self) -> Access {
        match self {
            Access::Everyone | Access::EveryoneInPart(_) => Access::Everyone,
            Access::EveryoneUnlessProtected(_) => self,
            Access::AnyCaller | Access::Holders(_) => Access::AnyCaller,
        }
    }

    /// The permission that the route needs; `None` if it needs none.
    pub(super) fn permission(self, admin: &Admin) -> Option<&'static str> {
        match self {
            Access::Everyone | Access::EveryoneInPart(_) | Access::AnyCaller => None,
            Access::EveryoneUnlessProtected(permission) => admin.sources.metrics_are_protected.then_some(permission),
            Access::Holders(permission) => Some(permission),
        }
    }

    fn is_public(self, admin: &Admin) -> bool {
        self != Access::AnyCaller && self.permission(admin).is_none()
    }

    /// The verdicts that a kubelet or a balancer asks for, under whatever name it knows this machine.
    fn is_probe(self) -> bool {
        matches!(self, Access::Everyone | Access::EveryoneInPart(_))
    }
}

/// Lets a request through to a route of `access`, as the caller it comes from, or says why not.
pub(super) async fn admit(admin: &Admin, access: Access, head: &Parts) -> Result<Caller, Problem> {
    let names = &admin.sources.hosts;
    let is_open = admin.sources.policy.is_none() && admin.exposure == Exposure::Loopback;
    if !access.is_probe() && (is_open || !names.is_empty()) {
        host::check(names, &head.uri, &head.headers)?;
    }
    match (&admin.sources.policy, admin.exposure) {
        (None, Exposure::Loopback) => Ok(Caller::Local),
        (None, Exposure::Network) if access.is_public(admin) => Ok(Caller::Anonymous),
        (None, Exposure::Network) => Err(Problem::forbidden(
            "no policy is set, and this address can be reached from other machines: set one with `Api::builder().policy(..)`",
        )),
        (Some(policy), _) if access.is_public(admin) => match access {
            // What is wrong with the credentials is no reason to withhold what is public.
            Access::EveryoneInPart(_) => Ok(Caller::log_in(admin, policy, head).await.unwrap_or(Caller::Anonymous)),
            _ => Ok(Caller::Anonymous),
        },
        (Some(policy), _) => {
            let caller = Caller::log_in(admin, policy, head).await?;
            match access.permission(admin) {
                Some(permission) if !caller.may(admin, permission).await => {
                    Err(Problem::forbidden(format!("this needs the permission `{permission}`")).to(caller.who()))
                }
                _ => Ok(caller),
            }
        }
    }
}
