//! What the caller may ask for.

use super::routes::{Exchange, ROUTES};
use axum::Json;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The routes that are open to the caller, sorted by path.
#[derive(Debug, Serialize)]
pub(super) struct Links {
    links: Vec<Link>,
}

#[derive(Debug, Serialize)]
struct Link {
    href: &'static str,
    method: &'static str,
    summary: &'static str,
    /// `null` where none is needed.
    permission: Option<&'static str>,
}

pub(super) async fn links(exchange: Exchange) -> Json<Links> {
    // Each permission is asked for once: to decide may take a while where it is done elsewhere.
    let mut decided = BTreeMap::new();
    let mut links = Vec::new();
    for route in &ROUTES {
        let permission = route.access.permission(&exchange.admin);
        let allowed = match permission {
            None => true,
            Some(permission) => match decided.entry(permission) {
                Entry::Occupied(allowed) => *allowed.get(),
                Entry::Vacant(new) => *new.insert(exchange.caller.may(&exchange.admin, permission).await),
            },
        };
        if allowed {
            links.push(Link { href: route.path, method: route.method.as_str(), summary: route.summary, permission });
        }
    }
    Json(Links { links })
}
