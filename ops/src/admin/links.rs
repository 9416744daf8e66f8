//! What the caller may ask for.

use super::routes::{Exchange, ROUTES};
use axum::Json;
use serde::Serialize;

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
    let links = ROUTES.iter().filter_map(|route| {
        let permission = route.access.permission(&exchange.admin);
        let allowed = permission.is_none_or(|permission| exchange.caller.may(&exchange.admin, permission));
        allowed.then(|| Link { href: route.path, method: route.method.as_str(), summary: route.summary, permission })
    });
    Json(Links { links: links.collect() })
}
