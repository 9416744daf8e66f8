//! The probes: whether the program is alive, ready and started.

use super::accept::prefers_text;
use super::problem::Problem;
use super::query::Parameters;
use super::routes::Exchange;
use crate::descriptor::CheckKind;
use crate::health::Report;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// `ok`, or the names of the checks that fail.
pub(super) async fn liveness(exchange: Exchange) -> (StatusCode, String) {
    let report = probe(&exchange, CheckKind::Liveness).await;
    if report.status.is_serving() {
        return (StatusCode::OK, "ok\n".to_owned());
    }
    let failing = report.checks.iter().filter(|(_, check)| !check.status.is_serving());
    let names: Vec<_> = failing.map(|(name, _)| name.as_str()).collect();
    (StatusCode::SERVICE_UNAVAILABLE, format!("failing: {}\n", names.join(", ")))
}

pub(super) async fn readiness(exchange: Exchange) -> Result<Verdict, Problem> {
    verdict(exchange, CheckKind::Readiness).await
}

pub(super) async fn startup(exchange: Exchange) -> Result<Verdict, Problem> {
    verdict(exchange, CheckKind::Startup).await
}

/// A report as it is told to one caller.
#[derive(Debug)]
pub(super) struct Verdict {
    report: Report,
    warnings: Vec<String>,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Json,
    Text,
}

async fn verdict(exchange: Exchange, kind: CheckKind) -> Result<Verdict, Problem> {
    let parameters = Parameters::of(&exchange.head.uri)?;
    let text = parameters.has("verbose") || prefers_text(&exchange.head.headers);
    let mut report = probe(&exchange, kind).await;
    let mut excluded: Vec<_> = parameters.all("exclude").collect();
    excluded.sort_unstable();
    excluded.dedup();
    excluded.retain(|name| !report.exclude(name));
    let warnings =
        excluded.iter().map(|name| format!("no {} check is called `{}`", kind.as_str(), name.escape_debug()));
    Ok(Verdict {
        warnings: warnings.collect(),
        report: if exchange.caller.sees_reasons(&exchange.admin).await { report } else { report.without_errors() },
        form: if text { Form::Text } else { Form::Json },
    })
}

async fn probe(exchange: &Exchange, kind: CheckKind) -> Report {
    let admin = &exchange.admin;
    admin.sources.health.probe(kind, admin.sources.limits.probe_budget, &admin.application).await
}

impl IntoResponse for Verdict {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Document {
            #[serde(flatten)]
            report: Report,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            warnings: Vec<String>,
        }
        let status = if self.report.status.is_serving() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        match self.form {
            Form::Json => (status, Json(Document { report: self.report, warnings: self.warnings })).into_response(),
            Form::Text => {
                let mut text: String = self.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
                text.push_str(&self.report.to_text());
                (status, text).into_response()
            }
        }
    }
}
