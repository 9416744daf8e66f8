//! `/admin`: the routes that are open to the caller.

use crate::admin::context::{RequestContext, RouteInfo};
use crate::admin::limits::ClientAddr;
use axum::Json;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinSet;

/// The routes that are open to the caller, sorted by path.
#[derive(Debug, Serialize)]
pub(crate) struct Links {
    links: Vec<RouteLink>,
}

#[derive(Debug, Serialize)]
struct RouteLink {
    href: &'static str,
    method: &'static str,
    summary: &'static str,
    /// `null` where none is needed.
    permission: Option<&'static str>,
}

/// Those of `routes` that are open to the caller.
pub(crate) async fn links(context: RequestContext, routes: impl Iterator<Item = &'static RouteInfo>) -> Json<Links> {
    let client = ClientAddr::of(&context.head);
    let context = Arc::new(context);
    // Concurrently: an external authorizer may take as long as its timeout for each.
    let mut decisions = JoinSet::new();
    for (at, route) in routes.enumerate() {
        let context = context.clone();
        decisions.spawn(async move { (at, link(&context, client, route).await) });
    }
    let mut links = BTreeMap::new();
    while let Some(decided) = decisions.join_next().await {
        // A task neither panics nor is aborted; if it were, its route would not be shown.
        if let Ok((at, Some(link))) = decided {
            links.insert(at, link);
        }
    }
    Json(Links { links: links.into_values().collect() })
}

/// The link to `route`, if it is open to the caller.
async fn link(context: &RequestContext, client: ClientAddr, route: &'static RouteInfo) -> Option<RouteLink> {
    let access_control = &context.state.access_control;
    let permission = access_control.permission(route.access);
    let is_open = match permission {
        None => true,
        Some(permission) => access_control.allows(&context.caller, permission, route.target(), client).await,
    };
    is_open.then(|| RouteLink { href: route.path, method: route.method.as_str(), summary: route.summary, permission })
}
