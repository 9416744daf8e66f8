//! `/admin`: the routes that are open to the caller.

use crate::admin::context::{RequestContext, RouteInfo};
use axum::Json;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

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
    let access_control = &context.state.access_control;
    // Each permission is asked for once: to decide may take a while where it is done elsewhere.
    let mut decided = BTreeMap::new();
    let mut links = Vec::new();
    for route in routes {
        let permission = access_control.permission(route.access);
        let allowed = match permission {
            None => true,
            Some(permission) => match decided.entry(permission) {
                Entry::Occupied(allowed) => *allowed.get(),
                Entry::Vacant(new) => *new.insert(access_control.allows(&context.caller, permission).await),
            },
        };
        if allowed {
            links.push(RouteLink {
                href: route.path,
                method: route.method.as_str(),
                summary: route.summary,
                permission,
            });
        }
    }
    Json(Links { links })
}
