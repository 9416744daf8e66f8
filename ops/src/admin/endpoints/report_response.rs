//! Health reports as responses: one line, text, JSON or `application/health+json`.

use super::health_json;
use crate::admin::http::{QueryParameters, preferred};
use crate::health::Report;
use axum::Json;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A health report as a response.
#[derive(Debug)]
pub(crate) struct ReportResponse {
    pub(super) report: Report,
    pub(super) warnings: Vec<String>,
    pub(super) format: ReportFormat,
}

/// The representation of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportFormat {
    /// One line of text. If this is the default, [`ReportFormat::Text`] is sent only for `?verbose`.
    OneLine,
    Json,
    Text,
    HealthJson,
}

impl ReportFormat {
    /// Negotiates the format by the query and the `Accept` header.
    pub(super) fn negotiate(headers: &HeaderMap, parameters: &QueryParameters, default: ReportFormat) -> ReportFormat {
        if parameters.has("verbose") {
            return ReportFormat::Text;
        }
        let formats = match default {
            ReportFormat::OneLine => [ReportFormat::OneLine, ReportFormat::Json, ReportFormat::HealthJson],
            _ => [ReportFormat::Json, ReportFormat::Text, ReportFormat::HealthJson],
        };
        formats[preferred(headers, &formats.map(ReportFormat::media_type))]
    }

    const fn media_type(self) -> &'static str {
        match self {
            ReportFormat::OneLine | ReportFormat::Text => "text/plain",
            ReportFormat::Json => "application/json",
            ReportFormat::HealthJson => health_json::MEDIA_TYPE,
        }
    }
}

impl ReportResponse {
    pub(super) fn new(report: Report, format: ReportFormat) -> Self {
        ReportResponse { report, warnings: Vec::new(), format }
    }
}

impl IntoResponse for ReportResponse {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct ReportDocument {
            #[serde(flatten)]
            report: Report,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            warnings: Vec<String>,
        }
        let status = if self.report.status.is_serving() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        match self.format {
            ReportFormat::OneLine => one_line(&self.report).into_response(),
            ReportFormat::Json => {
                (status, Json(ReportDocument { report: self.report, warnings: self.warnings })).into_response()
            }
            ReportFormat::Text => {
                let mut text: String = self.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
                text.push_str(&self.report.to_text());
                (status, text).into_response()
            }
            ReportFormat::HealthJson => {
                let document = Json(health_json::HealthDocument::new(&self.report, &self.warnings));
                let mut response = (status, document).into_response();
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(health_json::MEDIA_TYPE));
                response
            }
        }
    }
}

/// Formats a report as one line: `ok` or the names of the failing checks.
pub(super) fn one_line(report: &Report) -> (StatusCode, String) {
    if report.status.is_serving() {
        return (StatusCode::OK, "ok\n".to_owned());
    }
    let failing = report.checks.iter().filter(|(_, check)| !check.status.is_serving());
    let names: Vec<_> = failing.map(|(name, _)| name.as_str()).collect();
    (StatusCode::SERVICE_UNAVAILABLE, format!("failing: {}\n", names.join(", ")))
}
