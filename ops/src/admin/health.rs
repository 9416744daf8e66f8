//! All that is known of the checks, and what an operator can do about them.

use super::probes::{Form, Verdict};
use super::problem::Problem;
use super::query::Parameters;
use super::routes::Exchange;
use super::state::Admin;
use crate::health::{Change, CheckResult, Status};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// For how long a status may be forced.
const LONGEST_OVERRIDE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Runs the periodic checks, for as long as it is polled.
pub(crate) async fn keep_checks(admin: Arc<Admin>) {
    admin.sources.health.keep(&admin.application).await;
}

/// Everything about every check, or about those that have all the tags asked for.
pub(super) async fn details(exchange: Exchange) -> Result<Response, Problem> {
    let parameters = Parameters::of(&exchange.head.uri)?;
    let form = Form::of(&exchange.head.headers, &parameters, Form::Json);
    let admin = &exchange.admin;
    let mut details = admin.sources.health.details(admin.sources.limits.probe_budget, &admin.application).await;
    details.checks.retain(|_, check| parameters.all("tag").all(|tag| check.tags.contains(&tag)));
    Ok(if form == Form::Json {
        // A report about the program, not its verdict: the answer itself is fine.
        Json(details).into_response()
    } else {
        Verdict::new(details.into_report(), form).into_response()
    })
}

/// The last changes, oldest first.
#[derive(Debug, Serialize)]
pub(super) struct History {
    changes: Vec<Change>,
}

pub(super) async fn history(exchange: Exchange) -> Result<Json<History>, Problem> {
    let parameters = Parameters::of(&exchange.head.uri)?;
    let mut changes = exchange.admin.sources.health.history();
    let names: Vec<_> = parameters.all("check").collect();
    changes.retain(|change| names.is_empty() || change.check.as_deref().is_some_and(|check| names.contains(&check)));
    Ok(Json(History { changes }))
}

/// Runs a check now, or joins the run in progress.
pub(super) async fn run(mut exchange: Exchange) -> Result<Json<CheckResult>, Problem> {
    let name = exchange.name_in_path().await?;
    let admin = &exchange.admin;
    let result = admin.sources.health.check_one(&name, &admin.application).await;
    result.map(Json).ok_or_else(no_such_check)
}

/// What is forced upon a check.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Override {
    status: Status,
    reason: String,
    expires: String,
}

pub(super) async fn force(mut exchange: Exchange) -> Result<Json<CheckResult>, Problem> {
    let name = exchange.name_in_path().await?;
    let example = r#"write as in {"status":"unhealthy","reason":"failover drill","expires":"10m"}"#;
    let wished: Override = serde_json::from_slice(&exchange.body)
        .map_err(|error| Problem::bad_request(format!("the override cannot be read: {error}: {example}")))?;
    let time = humantime::parse_duration(&wished.expires)
        .ok()
        .filter(|time| !time.is_zero() && *time <= LONGEST_OVERRIDE)
        .ok_or_else(|| Problem::bad_request("an override expires after at least `1ms` and at most `30d`"))?;
    let health = &exchange.admin.sources.health;
    health.set_override(&name, wished.status, wished.reason, time);
    health.known_of(&name).map(Json).ok_or_else(no_such_check)
}

pub(super) async fn unforce(mut exchange: Exchange) -> Result<Json<CheckResult>, Problem> {
    let name = exchange.name_in_path().await?;
    let health = &exchange.admin.sources.health;
    health.clear_override(&name);
    health.known_of(&name).map(Json).ok_or_else(no_such_check)
}

fn no_such_check() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no check of this name: `/admin/health` lists them")
}

/// Whether readiness is turned off.
#[derive(Debug, Serialize)]
pub(super) struct Drain {
    draining: bool,
}

pub(super) async fn drain(exchange: Exchange) -> Json<Drain> {
    exchange.admin.sources.health.drain();
    Json(Drain { draining: true })
}

pub(super) async fn undrain(exchange: Exchange) -> Json<Drain> {
    exchange.admin.sources.health.undrain();
    Json(Drain { draining: false })
}
