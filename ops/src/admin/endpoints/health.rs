//! `/admin/health` and `/admin/drain`: detailed check status and operator actions.

use super::report_response::{ReportFormat, ReportResponse};
use crate::admin::context::RequestContext;
use crate::admin::http::{ProblemDetails, QueryParameters};
use crate::health::{Change, CheckResult, Status};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Minimum time to live of an override.
const MIN_TTL: Duration = Duration::from_millis(1);

/// Maximum time to live of an override: 30 days.
const MAX_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Returns the details of all checks, or of those that have all requested tags.
pub(crate) async fn details(context: RequestContext) -> Result<Response, ProblemDetails> {
    let parameters = QueryParameters::of(&context.head.uri)?;
    let format = ReportFormat::negotiate(&context.head.headers, &parameters, ReportFormat::Json);
    let state = &context.state;
    let mut details = state.config.health.details_on(state.config.limits.probe_budget, Some(&state.application)).await;
    details.checks.retain(|_, check| parameters.all("tag").all(|tag| check.tags.contains(&tag)));
    Ok(if format == ReportFormat::Json {
        // Always 200: the status code describes this request, not the health of the program.
        Json(details).into_response()
    } else {
        ReportResponse::new(details.into_report(), format).into_response()
    })
}

/// The latest status changes, oldest first.
#[derive(Debug, Serialize)]
pub(crate) struct HistoryDocument {
    changes: Vec<Change>,
}

pub(crate) async fn history(context: RequestContext) -> Result<Json<HistoryDocument>, ProblemDetails> {
    let parameters = QueryParameters::of(&context.head.uri)?;
    let mut changes = context.state.config.health.history();
    let names: Vec<_> = parameters.all("check").collect();
    changes.retain(|change| names.is_empty() || change.check.as_deref().is_some_and(|check| names.contains(&check)));
    Ok(Json(HistoryDocument { changes }))
}

/// Runs a check immediately, or joins the run in progress.
pub(crate) async fn run(mut context: RequestContext) -> Result<Json<CheckResult>, ProblemDetails> {
    let name = context.name_in_path().await?;
    let state = &context.state;
    let result = state.config.health.check_one_on(&name, &state.application).await;
    result.map(Json).ok_or_else(no_such_check)
}

/// The body of a request that sets an override.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideRequest {
    status: Status,
    reason: String,
    ttl: String,
}

pub(crate) async fn set_override(mut context: RequestContext) -> Result<Json<CheckResult>, ProblemDetails> {
    let name = context.name_in_path().await?;
    let example = r#"write it as in `{"status":"unhealthy","reason":"failover drill","ttl":"10m"}`"#;
    let request: OverrideRequest = serde_json::from_slice(&context.body)
        .map_err(|error| ProblemDetails::bad_request(format!("invalid override: {error}; {example}")))?;
    let ttl = humantime::parse_duration(&request.ttl).ok().filter(|ttl| (MIN_TTL..=MAX_TTL).contains(ttl)).ok_or_else(
        || {
            ProblemDetails::bad_request(
                "invalid `ttl`: it must be a duration between `1ms` and `30d`; write it as in `10m`",
            )
        },
    )?;
    let health = &context.state.config.health;
    health.set_override(&name, request.status, request.reason, ttl);
    health.known_of(&name).map(Json).ok_or_else(no_such_check)
}

pub(crate) async fn clear_override(mut context: RequestContext) -> Result<Json<CheckResult>, ProblemDetails> {
    let name = context.name_in_path().await?;
    let health = &context.state.config.health;
    health.clear_override(&name);
    health.known_of(&name).map(Json).ok_or_else(no_such_check)
}

fn no_such_check() -> ProblemDetails {
    ProblemDetails::new(StatusCode::NOT_FOUND, "unknown check; see `/admin/health` for all of them")
}

/// The drain state.
#[derive(Debug, Serialize)]
pub(crate) struct Drain {
    draining: bool,
}

pub(crate) async fn drain(context: RequestContext) -> Json<Drain> {
    context.state.config.health.drain();
    Json(Drain { draining: true })
}

pub(crate) async fn undrain(context: RequestContext) -> Json<Drain> {
    context.state.config.health.undrain();
    Json(Drain { draining: false })
}
