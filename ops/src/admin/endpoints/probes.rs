//! Liveness, readiness and startup probes.

use super::report_response::{ReportFormat, ReportResponse, one_line};
use crate::admin::context::RequestContext;
use crate::admin::http::{ProblemDetails, QueryParameters};
use crate::descriptor::CheckKind;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeSet;

/// Responds with `ok` or the names of the failing checks, or with a report if requested.
pub(crate) async fn liveness(context: RequestContext) -> Result<Response, ProblemDetails> {
    let may_request_report = context.head.uri.query().is_some() || context.head.headers.contains_key("accept");
    let report = if may_request_report {
        let response =
            respond_to_probe(&context, ProbeTarget::Kind(CheckKind::Liveness), ReportFormat::OneLine).await?;
        if response.format != ReportFormat::OneLine {
            return Ok(response.into_response());
        }
        response.report
    } else {
        let state = &context.state;
        state.config.health.probe_on(CheckKind::Liveness, state.config.limits.probe_budget, &state.application).await
    };
    Ok(one_line(&report).into_response())
}

pub(crate) async fn readiness(context: RequestContext) -> Result<ReportResponse, ProblemDetails> {
    respond_to_probe(&context, ProbeTarget::Kind(CheckKind::Readiness), ReportFormat::Json).await
}

pub(crate) async fn startup(context: RequestContext) -> Result<ReportResponse, ProblemDetails> {
    respond_to_probe(&context, ProbeTarget::Kind(CheckKind::Startup), ReportFormat::Json).await
}

/// Probes one check or group.
pub(crate) async fn part(mut context: RequestContext) -> Result<ReportResponse, ProblemDetails> {
    let name = context.name_in_path().await?;
    respond_to_probe(&context, ProbeTarget::Part(&name), ReportFormat::Json).await
}

/// The checks that a probe evaluates.
#[derive(Clone, Copy)]
enum ProbeTarget<'a> {
    /// All checks of a kind.
    Kind(CheckKind),
    /// The check or group with this name.
    Part(&'a str),
}

async fn respond_to_probe(
    context: &RequestContext,
    target: ProbeTarget<'_>,
    default: ReportFormat,
) -> Result<ReportResponse, ProblemDetails> {
    let parameters = QueryParameters::of(&context.head.uri)?;
    let format = ReportFormat::negotiate(&context.head.headers, &parameters, default);
    let state = &context.state;
    let (health, budget) = (&state.config.health, state.config.limits.probe_budget);
    let excluded: BTreeSet<&str> = parameters.all("exclude").collect();
    let probed = match target {
        ProbeTarget::Kind(kind) => Some(health.probe_without(kind, &excluded, budget, Some(&state.application)).await),
        ProbeTarget::Part(name) => health.probe_part_without(name, &excluded, budget, Some(&state.application)).await,
    };
    let (report, unknown) = probed.ok_or_else(|| {
        ProblemDetails::new(StatusCode::NOT_FOUND, "unknown check or group; see `/admin/health` for all of them")
    })?;
    let warnings = unknown.iter().map(|name| match target {
        ProbeTarget::Kind(kind) => format!("unknown {} check `{}`", kind.as_str(), name.escape_debug()),
        ProbeTarget::Part(part) => format!("unknown check `{}` in `{}`", name.escape_debug(), part.escape_debug()),
    });
    let warnings = warnings.collect();
    let shows_reasons = match target {
        ProbeTarget::Kind(_) => state.access_control.shows_failure_reasons(&context.caller),
        // The route itself requires `health:read`.
        ProbeTarget::Part(_) => true,
    };
    let report = if shows_reasons { report } else { report.without_errors() };
    Ok(ReportResponse { report, warnings, format })
}
