//! The router: authorizes the caller, checks and audits mutations, then calls the handler.

use super::auth::{Access, AuditedMutation, Target, check_mutation, check_origin, is_mutation, record_refusal};
use super::context::{AdminState, RequestContext};
use super::http::{ProblemDetails, read_body};
use super::routes::{ROUTES, Route};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Creates the router of the route table.
pub(super) fn router(state: &Arc<AdminState>) -> Router {
    router_of(state, &ROUTES.each_ref())
}

pub(super) fn router_of(state: &Arc<AdminState>, routes: &[&'static Route]) -> Router {
    let mut paths: BTreeMap<&'static str, Vec<&'static Route>> = BTreeMap::new();
    for route in routes {
        paths.entry(route.info.path).or_default().push(route);
    }
    let mut router = Router::new();
    for (path, routes) in paths {
        router = router.route(path, path_router(state, routes));
    }
    let state = state.clone();
    router.fallback(|request| async move {
        refuse(&state, Access::Authenticated, "", request, ProblemDetails::not_found()).await
    })
}

/// Creates the router of one path.
///
/// Dispatches by method itself, because the `Allow` header of axum would reveal existing paths to unauthenticated callers.
fn path_router(state: &Arc<AdminState>, routes: Vec<&'static Route>) -> MethodRouter {
    let state = state.clone();
    let mutates = routes.iter().any(|route| is_mutation(&route.info.method));
    // Shared, because it is cloned for each request.
    let routes: Arc<[_]> = routes.into();
    any(move |request: Request| async move {
        let refusal = if mutates { check_origin(&request).err() } else { None };
        if let Some(problem) = refusal {
            return problem.into_response();
        }
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        match routes.iter().find(|route| route.info.method == *method) {
            Some(route) => serve(state, route, request).await,
            None => {
                let route = routes.first().map(|route| &route.info);
                let access = route.map_or(Access::Authenticated, |route| route.access.of_path());
                let path = route.map_or("", |route| route.path);
                let problem = ProblemDetails::method_not_allowed(&allowed(&routes));
                Box::pin(refuse(&state, access, path, request, problem)).await.into_response()
            }
        }
    })
}

/// Returns the value of the `Allow` header.
fn allowed(routes: &[&Route]) -> String {
    let mut methods: Vec<_> = routes.iter().map(|route| route.info.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.join(", ")
}

/// Admits a request to a route and calls its handler.
async fn serve(state: Arc<AdminState>, route: &'static Route, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if is_mutation(&route.info.method) {
        // Boxed to keep the futures of other requests small.
        return Box::pin(serve_mutation(state, route, head, body)).await.unwrap_or_else(ProblemDetails::into_response);
    }
    match state.access_control.admit(route.info.target(), &head).await {
        Ok(caller) => (route.handler)(RequestContext { state, caller, head, body: Bytes::new() }).await,
        Err(problem) => problem.into_response(),
    }
}

/// Serves a mutation.
///
/// Checks the CSRF and `Content-Type` headers, reads the body, and records the mutation in the audit log before and after it runs.
async fn serve_mutation(
    state: Arc<AdminState>,
    route: &'static Route,
    head: Parts,
    body: Body,
) -> Result<Response, ProblemDetails> {
    let (audit, limits) = (&state.config.audit, &state.config.limits);
    let received = async {
        let caller = state.access_control.admit(route.info.target(), &head).await?;
        check_mutation(&head).map_err(|problem| problem.with_actor(caller.actor()))?;
        Ok((caller, read_body(&head, body, limits).await?))
    };
    let (caller, body) = received.await.inspect_err(|problem| record_refusal(audit, problem, &head))?;
    let mutation = AuditedMutation::begin(audit, limits.audit_timeout, caller.actor(), &head).await?;
    let response = (route.handler)(RequestContext { state, caller, head, body }).await;
    mutation.end(response.status());
    Ok(response)
}

/// Returns `problem` if `access` admits the caller, or else the rejection by access control.
async fn refuse(
    state: &AdminState,
    access: Access,
    route: &'static str,
    request: Request,
    problem: ProblemDetails,
) -> ProblemDetails {
    let (head, _body) = request.into_parts();
    match state.access_control.admit(Target { access, method: head.method.as_str(), route }, &head).await {
        Ok(_) => problem,
        Err(refusal) => refusal,
    }
}
