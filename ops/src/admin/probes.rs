//! The probes: whether the program is alive, ready and started.

use super::accept::preferred;
use super::health_json;
use super::problem::Problem;
use super::query::Parameters;
use super::routes::Exchange;
use crate::descriptor::CheckKind;
use crate::health::Report;
use axum::Json;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeSet;

/// `ok`, or the names of the checks that fail, unless the caller would rather have a report.
pub(super) async fn liveness(exchange: Exchange) -> Result<Response, Problem> {
    let is_asked_for_more = exchange.head.uri.query().is_some() || exchange.head.headers.contains_key("accept");
    let verdict = if is_asked_for_more {
        let verdict = verdict(&exchange, Subject::Kind(CheckKind::Liveness), Form::Word).await?;
        if verdict.form != Form::Word {
            return Ok(verdict.into_response());
        }
        verdict.report
    } else {
        let admin = &exchange.admin;
        admin.sources.health.probe(CheckKind::Liveness, admin.sources.limits.probe_budget, &admin.application).await
    };
    Ok(word(&verdict).into_response())
}

/// In one word, or in a line of names.
fn word(report: &Report) -> (StatusCode, String) {
    if report.status.is_serving() {
        return (StatusCode::OK, "ok\n".to_owned());
    }
    let failing = report.checks.iter().filter(|(_, check)| !check.status.is_serving());
    let names: Vec<_> = failing.map(|(name, _)| name.as_str()).collect();
    (StatusCode::SERVICE_UNAVAILABLE, format!("failing: {}\n", names.join(", ")))
}

pub(super) async fn readiness(exchange: Exchange) -> Result<Verdict, Problem> {
    verdict(&exchange, Subject::Kind(CheckKind::Readiness), Form::Json).await
}

pub(super) async fn startup(exchange: Exchange) -> Result<Verdict, Problem> {
    verdict(&exchange, Subject::Kind(CheckKind::Startup), Form::Json).await
}

/// One check, or one group of them.
pub(super) async fn part(mut exchange: Exchange) -> Result<Verdict, Problem> {
    let name = exchange.name_in_path().await?;
    verdict(&exchange, Subject::Part(&name), Form::Json).await
}

/// A report as it is told to one caller.
#[derive(Debug)]
pub(super) struct Verdict {
    report: Report,
    warnings: Vec<String>,
    form: Form,
}

/// How it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A word; what [`Form::Text`] stands for unless it is asked for by name.
    Word,
    Json,
    Text,
    HealthJson,
}

impl Form {
    /// What the caller would rather have, `usual` if it does not say.
    pub(super) fn of(headers: &HeaderMap, parameters: &Parameters, usual: Form) -> Form {
        if parameters.has("verbose") {
            return Form::Text;
        }
        let forms = match usual {
            Form::Word => [Form::Word, Form::Json, Form::HealthJson],
            _ => [Form::Json, Form::Text, Form::HealthJson],
        };
        forms[preferred(headers, &forms.map(Form::media_type))]
    }

    const fn media_type(self) -> &'static str {
        match self {
            Form::Word | Form::Text => "text/plain",
            Form::Json => "application/json",
            Form::HealthJson => health_json::MEDIA_TYPE,
        }
    }
}

/// Which checks are asked.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Kind(CheckKind),
    Part(&'a str),
}

async fn verdict(exchange: &Exchange, subject: Subject<'_>, usual: Form) -> Result<Verdict, Problem> {
    let parameters = Parameters::of(&exchange.head.uri)?;
    let form = Form::of(&exchange.head.headers, &parameters, usual);
    let admin = &exchange.admin;
    let (health, budget) = (&admin.sources.health, admin.sources.limits.probe_budget);
    let excluded: BTreeSet<&str> = parameters.all("exclude").collect();
    let asked = match subject {
        Subject::Kind(kind) => Some(health.probe_without(kind, &excluded, budget, &admin.application).await),
        Subject::Part(name) => health.probe_part_without(name, &excluded, budget, &admin.application).await,
    };
    let (report, unknown) = asked.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "there is no check and no group of this name: `/admin/health` lists them")
    })?;
    let kind = match subject {
        Subject::Kind(kind) => kind.as_str(),
        Subject::Part(_) => "such",
    };
    let warnings = unknown.iter().map(|name| format!("no {kind} check is called `{}`", name.escape_debug())).collect();
    let report = if exchange.caller.sees_reasons(admin).await { report } else { report.without_errors() };
    Ok(Verdict { report, warnings, form })
}

impl Verdict {
    pub(super) fn new(report: Report, form: Form) -> Self {
        Verdict { report, warnings: Vec::new(), form }
    }
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
            Form::Word => word(&self.report).into_response(),
            Form::Json => (status, Json(Document { report: self.report, warnings: self.warnings })).into_response(),
            Form::Text => {
                let mut text: String = self.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
                text.push_str(&self.report.to_text());
                (status, text).into_response()
            }
            Form::HealthJson => {
                let document = Json(health_json::Document::new(&self.report, &self.warnings));
                let mut response = (status, document).into_response();
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(health_json::MEDIA_TYPE));
                response
            }
        }
    }
}
