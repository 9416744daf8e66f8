//! `/admin`: the routes that the caller may use.

use crate::admin::context::{RequestContext, RouteInfo};
use crate::admin::limits::ClientAddr;
use axum::Json;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinSet;

/// The routes that the caller may use, sorted by path.
#[derive(Debug, Serialize)]
pub(crate) struct Links {
    links: Vec<RouteLink>,
}

#[derive(Debug, Serialize)]
struct RouteLink {
    href: &'static str,
    method: &'static str,
    summary: &'static str,
    /// Required permission; `null` if none.
    permission: Option<&'static str>,
}

/// Returns the `routes` that the caller may use.
pub(crate) async fn links(context: RequestContext, routes: impl Iterator<Item = &'static RouteInfo>) -> Json<Links> {
    let client = ClientAddr::of(&context.head);
    let context = Arc::new(context);
    // Concurrently, as an external authorizer may take up to its timeout for each route.
    let mut decisions = JoinSet::new();
    for (index, route) in routes.enumerate() {
        let context = context.clone();
        decisions.spawn(async move { (index, link(&context, client, route).await) });
    }
    let mut links = BTreeMap::new();
    while let Some(decided) = decisions.join_next().await {
        // Fails closed: if a task panics, its route is omitted.
        if let Ok((index, Some(link))) = decided {
            links.insert(index, link);
        }
    }
    Json(Links { links: links.into_values().collect() })
}

/// Returns the link to `route` if the caller may use it.
async fn link(context: &RequestContext, client: ClientAddr, route: &'static RouteInfo) -> Option<RouteLink> {
    let access_control = &context.state.access_control;
    let permission = access_control.permission(route.access);
    let is_allowed = match permission {
        None => true,
        Some(permission) => access_control.allows(&context.caller, permission, route.target(), client).await,
    };
    is_allowed.then(|| RouteLink {
        href: route.path,
        method: route.method.as_str(),
        summary: route.summary,
        permission,
    })
}
