//! The table of routes. What is not in it does not exist.

use super::access::{Access, admit};
use super::caller::Caller;
use super::problem::Problem;
use super::state::Admin;
use super::{audit, body, catalog, events, health, info, links, metrics, mutation, probes, whoami};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Path, Request};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

/// One thing that can be asked for.
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) access: Access,
    /// What it answers, for people.
    pub(super) summary: &'static str,
    pub(super) handler: fn(Exchange) -> Answer,
}

/// A request that was let through.
pub(super) struct Exchange {
    pub(super) admin: Arc<Admin>,
    pub(super) caller: Caller,
    pub(super) head: Parts,
    /// The body of a mutation; nothing of any other request.
    pub(super) body: Bytes,
}

impl Exchange {
    /// What stands for `{name}` in the path.
    pub(super) async fn name_in_path(&mut self) -> Result<String, Problem> {
        let name = Path::<String>::from_request_parts(&mut self.head, &()).await;
        name.map(|Path(name)| name).map_err(|_unreadable| Problem::not_found())
    }
}

pub(super) type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Every route, sorted by path. `HEAD` goes wherever `GET` goes; what is of another method is a mutation, which only gets to
/// its handler marked as one and with its body read.
pub(super) static ROUTES: [Route; 19] = [
    Route {
        method: Method::GET,
        path: "/admin",
        access: Access::AnyCaller,
        summary: "what the caller may ask for",
        handler: |exchange| answer(links::links(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/admin/audit",
        access: Access::Holders("admin:read"),
        summary: "what was changed, what was refused, and which logins failed",
        handler: |exchange| answer(audit::latest(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/admin/catalog",
        access: Access::Holders("admin:read"),
        summary: "every check, metric and span that is linked into the program",
        handler: |exchange| answer(catalog::catalog(exchange)),
    },
    Route {
        method: Method::DELETE,
        path: "/admin/drain",
        access: Access::Holders("admin:lifecycle"),
        summary: "lets readiness be what the checks say again",
        handler: |exchange| answer(health::undrain(exchange)),
    },
    Route {
        method: Method::PUT,
        path: "/admin/drain",
        access: Access::Holders("admin:lifecycle"),
        summary: "turns readiness off, while all else goes on",
        handler: |exchange| answer(health::drain(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/admin/health",
        access: Access::Holders("health:read"),
        summary: "all that is known of the checks",
        handler: |exchange| answer(health::details(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/admin/health/events",
        access: Access::Holders("health:read"),
        summary: "what is known of the checks, then each change of it",
        handler: |exchange| answer(events::events(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/admin/health/history",
        access: Access::Holders("health:read"),
        summary: "the last changes of the checks",
        handler: |exchange| answer(health::history(exchange)),
    },
    Route {
        method: Method::DELETE,
        path: "/admin/health/{name}/override",
        access: Access::Holders("admin:write"),
        summary: "takes back what is forced upon a check",
        handler: |exchange| answer(health::unforce(exchange)),
    },
    Route {
        method: Method::PUT,
        path: "/admin/health/{name}/override",
        access: Access::Holders("admin:write"),
        summary: "forces a status upon a check for a while",
        handler: |exchange| answer(health::force(exchange)),
    },
    Route {
        method: Method::POST,
        path: "/admin/health/{name}/run",
        access: Access::Holders("admin:write"),
        summary: "runs a check now",
        handler: |exchange| answer(health::run(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/admin/whoami",
        access: Access::AnyCaller,
        summary: "the caller, with roles and permissions",
        handler: |exchange| answer(whoami::whoami(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/healthz",
        access: Access::EveryoneInPart("health:read"),
        summary: "whether the program is alive",
        handler: |exchange| answer(probes::liveness(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/info",
        access: Access::Holders("admin:read"),
        summary: "what the program is, what it is made of and where it runs",
        handler: |exchange| answer(info::info(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/livez",
        access: Access::EveryoneInPart("health:read"),
        summary: "whether the program is alive",
        handler: |exchange| answer(probes::liveness(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/metrics",
        access: Access::EveryoneUnlessProtected("metrics:read"),
        summary: "all metrics, for Prometheus",
        handler: |exchange| answer(metrics::metrics(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/readyz",
        access: Access::EveryoneInPart("health:read"),
        summary: "whether the program can be given work",
        handler: |exchange| answer(probes::readiness(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/readyz/{name}",
        access: Access::Holders("health:read"),
        summary: "whether one check or one group of checks is ready",
        handler: |exchange| answer(probes::part(exchange)),
    },
    Route {
        method: Method::GET,
        path: "/startupz",
        access: Access::EveryoneInPart("health:read"),
        summary: "whether the program has started",
        handler: |exchange| answer(probes::startup(exchange)),
    },
];

pub(super) fn answer<R: IntoResponse>(handler: impl Future<Output = R> + Send + 'static) -> Answer {
    Box::pin(async { handler.await.into_response() })
}

/// The table as a service.
pub(super) fn router(admin: &Arc<Admin>) -> Router {
    router_of(admin, &ROUTES.each_ref())
}

pub(super) fn router_of(admin: &Arc<Admin>, routes: &[&'static Route]) -> Router {
    let mut paths: BTreeMap<&'static str, Vec<&'static Route>> = BTreeMap::new();
    for route in routes {
        paths.entry(route.path).or_default().push(route);
    }
    let mut router = Router::new();
    for (path, routes) in paths {
        router = router.route(path, path_router(admin, routes));
    }
    let admin = admin.clone();
    router.fallback(|request| async move { refuse(&admin, Access::AnyCaller, request, Problem::not_found()).await })
}

/// The routes of one path. They are told apart here and not by axum, whose `Allow` on every answer would tell strangers
/// which paths there are.
fn path_router(admin: &Arc<Admin>, routes: Vec<&'static Route>) -> MethodRouter {
    let admin = admin.clone();
    let mutates = routes.iter().any(|route| mutation::is_mutation(&route.method));
    // Cloned for each request.
    let routes: Arc<[_]> = routes.into();
    let router = any(move |request: Request| async move {
        let asked = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        match routes.iter().find(|route| route.method == *asked) {
            Some(route) => serve(admin, route, request).await,
            None => {
                let access = routes.first().map_or(Access::AnyCaller, |route| route.access.of_path());
                let problem = Problem::method_not_allowed(&allowed(&routes));
                Box::pin(refuse(&admin, access, request, problem)).await.into_response()
            }
        }
    });
    if mutates { router.layer(mutation::same_origin()) } else { router }
}

/// The value of `Allow`.
fn allowed(routes: &[&Route]) -> String {
    let mut methods: Vec<_> = routes.iter().map(|route| route.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.join(", ")
}

async fn serve(admin: Arc<Admin>, route: &'static Route, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if mutation::is_mutation(&route.method) {
        // Boxed, or every answer would be moved about with room for it.
        return Box::pin(change(admin, route, head, body)).await.unwrap_or_else(Problem::into_response);
    }
    match admit(&admin, route.access, &head).await {
        Ok(caller) => (route.handler)(Exchange { admin, caller, head, body: Bytes::new() }).await,
        Err(problem) => problem.into_response(),
    }
}

/// Serves a mutation: marked as one, with its body read, and in the audit log before it runs.
async fn change(admin: Arc<Admin>, route: &'static Route, head: Parts, body: Body) -> Result<Response, Problem> {
    let received = async {
        let caller = admit(&admin, route.access, &head).await?;
        mutation::check(&head).map_err(|problem| problem.to(caller.who()))?;
        Ok((caller, body::read(&head, body, &admin.sources.limits).await?))
    };
    let (caller, body) = received.await.inspect_err(|problem| audit::refused(&admin, problem, &head))?;
    let mutation = audit::Mutation::begin(&admin, &caller, &head).await?;
    let response = (route.handler)(Exchange { admin, caller, head, body }).await;
    mutation.end(response.status());
    Ok(response)
}

/// Tells who may know that there is `problem`.
async fn refuse(admin: &Admin, access: Access, request: Request, problem: Problem) -> Problem {
    let (head, _body) = request.into_parts();
    match admit(admin, access, &head).await {
        Ok(_) => problem,
        Err(refusal) => refusal,
    }
}

/// A row of the table, for the tests that are made from it.
#[cfg(test)]
#[derive(Clone, Debug)]
pub(crate) struct TableRow {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Everyone,
}

/// Whether everyone is let through.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Everyone {
    Is,
    /// Whoever is known, or holds the permission.
    IsNot(Option<&'static str>),
}

/// The table, as it is where metrics are not protected.
#[cfg(test)]
pub(crate) fn table() -> Vec<TableRow> {
    let access = |access| match access {
        Access::Everyone | Access::EveryoneInPart(_) | Access::EveryoneUnlessProtected(_) => Everyone::Is,
        Access::AnyCaller => Everyone::IsNot(None),
        Access::Holders(permission) => Everyone::IsNot(Some(permission)),
    };
    let rows = ROUTES.iter();
    rows.map(|route| TableRow { method: route.method.clone(), path: route.path, access: access(route.access) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbac::is_permission;

    #[test]
    fn the_table_is_sorted_and_each_route_is_there_once() {
        let keys: Vec<_> = ROUTES.iter().map(|route| (route.path, route.method.as_str())).collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(keys, sorted);
    }

    #[test]
    fn every_route_has_a_summary_and_a_legal_permission() {
        for route in &ROUTES {
            assert!(!route.summary.is_empty() && !route.summary.ends_with('.'), "{}", route.path);
            if let Access::EveryoneInPart(permission)
            | Access::EveryoneUnlessProtected(permission)
            | Access::Holders(permission) = route.access
            {
                assert!(is_permission(permission), "{}", route.path);
            }
        }
    }

    #[test]
    fn the_routes_of_a_path_are_all_public_or_none_is() {
        for route in &ROUTES {
            for other in ROUTES.iter().filter(|other| other.path == route.path) {
                assert_eq!(route.access.of_path(), other.access.of_path(), "{}", route.path);
            }
        }
    }
}
