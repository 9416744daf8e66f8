//! The route table: all routes with their access levels and handlers.

use super::auth::Access;
use super::context::{HandlerFuture, RequestContext, RouteInfo, respond};
use super::endpoints::{audit, catalog, health, health_events, info, links, metrics, probes, whoami};
use axum::http::Method;

/// A route with its handler.
pub(super) struct Route {
    pub(super) info: RouteInfo,
    pub(super) handler: Handler,
}

/// The handler of a route.
type Handler = fn(RequestContext) -> HandlerFuture;

impl Route {
    pub(super) const fn get(path: &'static str, access: Access, summary: &'static str, handler: Handler) -> Route {
        Route { info: RouteInfo { method: Method::GET, path, access, summary }, handler }
    }

    pub(super) const fn put(path: &'static str, access: Access, summary: &'static str, handler: Handler) -> Route {
        Route { info: RouteInfo { method: Method::PUT, path, access, summary }, handler }
    }

    pub(super) const fn post(path: &'static str, access: Access, summary: &'static str, handler: Handler) -> Route {
        Route { info: RouteInfo { method: Method::POST, path, access, summary }, handler }
    }

    pub(super) const fn delete(path: &'static str, access: Access, summary: &'static str, handler: Handler) -> Route {
        Route { info: RouteInfo { method: Method::DELETE, path, access, summary }, handler }
    }
}

/// All routes, sorted by path.
///
/// `HEAD` is routed as `GET`. Routes with another method are mutations, which must pass the CSRF checks and are audited.
pub(super) static ROUTES: [Route; 19] = [
    Route::get("/admin", Access::Authenticated, "routes that the caller may use", |context| {
        respond(links::links(context, ROUTES.iter().map(|route| &route.info)))
    }),
    Route::get(
        "/admin/audit",
        Access::Permission("admin:read"),
        "latest mutations, refused mutations and failed logins",
        |context| respond(audit::latest(context)),
    ),
    Route::get(
        "/admin/catalog",
        Access::Permission("admin:read"),
        "checks, metrics and spans linked into the program",
        |context| respond(catalog::catalog(context)),
    ),
    Route::delete(
        "/admin/drain",
        Access::Permission("admin:lifecycle"),
        "ends draining, so that readiness follows the checks again",
        |context| respond(health::undrain(context)),
    ),
    Route::put(
        "/admin/drain",
        Access::Permission("admin:lifecycle"),
        "starts draining: readiness fails, other endpoints keep working",
        |context| respond(health::drain(context)),
    ),
    Route::get("/admin/health", Access::Permission("health:read"), "detailed status of the checks", |context| {
        respond(health::details(context))
    }),
    Route::get(
        "/admin/health/events",
        Access::Permission("health:read"),
        "status of the checks, then each change, as server-sent events",
        |context| respond(health_events::events(context)),
    ),
    Route::get(
        "/admin/health/history",
        Access::Permission("health:read"),
        "latest status changes of the checks",
        |context| respond(health::history(context)),
    ),
    Route::delete(
        "/admin/health/{name}/override",
        Access::Permission("admin:write"),
        "clears the override of a check",
        |context| respond(health::clear_override(context)),
    ),
    Route::put(
        "/admin/health/{name}/override",
        Access::Permission("admin:write"),
        "overrides the status of a check for a limited time",
        |context| respond(health::set_override(context)),
    ),
    Route::post("/admin/health/{name}/run", Access::Permission("admin:write"), "runs a check immediately", |context| {
        respond(health::run(context))
    }),
    Route::get("/admin/whoami", Access::Authenticated, "user, roles and permissions of the caller", |context| {
        respond(whoami::whoami(context))
    }),
    Route::get("/healthz", Access::PublicWithDetails("health:read"), "liveness probe", |context| {
        respond(probes::liveness(context))
    }),
    Route::get(
        "/info",
        Access::Permission("admin:read"),
        "build, process, runtime and components of the program",
        |context| respond(info::info(context)),
    ),
    Route::get("/livez", Access::PublicWithDetails("health:read"), "liveness probe", |context| {
        respond(probes::liveness(context))
    }),
    Route::get("/metrics", Access::PublicUnlessProtected("metrics:read"), "metrics for Prometheus", |context| {
        respond(metrics::metrics(context))
    }),
    Route::get("/readyz", Access::PublicWithDetails("health:read"), "readiness probe", |context| {
        respond(probes::readiness(context))
    }),
    Route::get("/readyz/{name}", Access::Permission("health:read"), "readiness of one check or group", |context| {
        respond(probes::part(context))
    }),
    Route::get("/startupz", Access::PublicWithDetails("health:read"), "startup probe", |context| {
        respond(probes::startup(context))
    }),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbac::is_permission;

    #[test]
    fn routes_are_sorted_and_unique() {
        let keys: Vec<_> = ROUTES.iter().map(|route| (route.info.path, route.info.method.as_str())).collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(keys, sorted);
    }

    #[test]
    fn routes_have_a_summary_and_a_valid_permission() {
        for route in &ROUTES {
            assert!(!route.info.summary.is_empty() && !route.info.summary.ends_with('.'), "{}", route.info.path);
            if let Access::PublicWithDetails(permission)
            | Access::PublicUnlessProtected(permission)
            | Access::Permission(permission) = route.info.access
            {
                assert!(is_permission(permission), "{}", route.info.path);
            }
        }
    }

    #[test]
    fn routes_of_a_path_are_either_all_public_or_all_restricted() {
        for route in &ROUTES {
            for other in ROUTES.iter().filter(|other| other.info.path == route.info.path) {
                assert_eq!(route.info.access.of_path(), other.info.access.of_path(), "{}", route.info.path);
            }
        }
    }
}
