//! `/admin/audit`: the latest records of the audit log.

use crate::admin::context::RequestContext;
use axum::Json;
use serde_json::{Value, json};

/// Returns the latest records, oldest first.
pub(crate) async fn latest(context: RequestContext) -> Json<Value> {
    let status = context.state.config.audit.status();
    let records: Vec<Value> = status.latest.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    Json(json!({ "failure": status.failure, "lost": status.lost, "records": records }))
}
