//! The route table. A route that is not in it does not exist.

use super::auth::Access;
use super::context::{HandlerFuture, RequestContext, RouteInfo, respond};
use super::endpoints::{audit, catalog, health, health_events, info, links, metrics, probes, whoami};
use axum::http::Method;

/// A route with its handler.
pub(super) struct Route {
    pub(super) info: RouteInfo,
    pub(super) handler: Handler,
}

/// Answers the requests of a route.
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

/// Every route, sorted by path. `HEAD` is routed as `GET`; any other method is a mutation, which reaches its handler only with
/// the marks of one and with its body read.
pub(super) static ROUTES: [Route; 19] = [
    Route::get("/admin", Access::Authenticated, "what the caller may ask for", |context| {
        respond(links::links(context, ROUTES.iter().map(|route| &route.info)))
    }),
    Route::get(
        "/admin/audit",
        Access::Permission("admin:read"),
        "what was changed, what was refused, and which logins failed",
        |context| respond(audit::latest(context)),
    ),
    Route::get(
        "/admin/catalog",
        Access::Permission("admin:read"),
        "every check, metric and span that is linked into the program",
        |context| respond(catalog::catalog(context)),
    ),
    Route::delete(
        "/admin/drain",
        Access::Permission("admin:lifecycle"),
        "lets readiness be what the checks say again",
        |context| respond(health::undrain(context)),
    ),
    Route::put(
        "/admin/drain",
        Access::Permission("admin:lifecycle"),
        "turns readiness off, while all else goes on",
        |context| respond(health::drain(context)),
    ),
    Route::get("/admin/health", Access::Permission("health:read"), "all that is known of the checks", |context| {
        respond(health::details(context))
    }),
    Route::get(
        "/admin/health/events",
        Access::Permission("health:read"),
        "what is known of the checks, then each change of it",
        |context| respond(health_events::events(context)),
    ),
    Route::get("/admin/health/history", Access::Permission("health:read"), "the last changes of the checks", |context| {
        respond(health::history(context))
    }),
    Route::delete(
        "/admin/health/{name}/override",
        Access::Permission("admin:write"),
        "takes back what is forced upon a check",
        |context| respond(health::clear_override(context)),
    ),
    Route::put(
        "/admin/health/{name}/override",
        Access::Permission("admin:write"),
        "forces a status upon a check for a while",
        |context| respond(health::set_override(context)),
    ),
    Route::post("/admin/health/{name}/run", Access::Permission("admin:write"), "runs a check now", |context| {
        respond(health::run(context))
    }),
    Route::get("/admin/whoami", Access::Authenticated, "the caller, with roles and permissions", |context| {
        respond(whoami::whoami(context))
    }),
    Route::get("/healthz", Access::PublicWithDetails("health:read"), "whether the program is alive", |context| {
        respond(probes::liveness(context))
    }),
    Route::get(
        "/info",
        Access::Permission("admin:read"),
        "what the program is, what it is made of and where it runs",
        |context| respond(info::info(context)),
    ),
    Route::get("/livez", Access::PublicWithDetails("health:read"), "whether the program is alive", |context| {
        respond(probes::liveness(context))
    }),
    Route::get("/metrics", Access::PublicUnlessProtected("metrics:read"), "all metrics, for Prometheus", |context| {
        respond(metrics::metrics(context))
    }),
    Route::get("/readyz", Access::PublicWithDetails("health:read"), "whether the program can be given work", |context| {
        respond(probes::readiness(context))
    }),
    Route::get(
        "/readyz/{name}",
        Access::Permission("health:read"),
        "whether one check or one group of checks is ready",
        |context| respond(probes::part(context)),
    ),
    Route::get("/startupz", Access::PublicWithDetails("health:read"), "whether the program has started", |context| {
        respond(probes::startup(context))
    }),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbac::is_permission;

    #[test]
    fn the_table_is_sorted_and_each_route_is_there_once() {
        let keys: Vec<_> = ROUTES.iter().map(|route| (route.info.path, route.info.method.as_str())).collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(keys, sorted);
    }

    #[test]
    fn every_route_has_a_summary_and_a_legal_permission() {
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
    fn the_routes_of_a_path_are_all_public_or_none_is() {
        for route in &ROUTES {
            for other in ROUTES.iter().filter(|other| other.info.path == route.info.path) {
                assert_eq!(route.info.access.of_path(), other.info.access.of_path(), "{}", route.info.path);
            }
        }
    }
}
