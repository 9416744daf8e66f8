//! A scrape: all metrics in the Prometheus text format.

use super::gate::GateError;
use super::problem::Problem;
use super::routes::Exchange;
use axum::http::header::{CONTENT_TYPE, HeaderName};

/// The media type of the text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) async fn metrics(exchange: Exchange) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let metrics = exchange.admin.sources.metrics.clone();
    // Many series take long to write, and this thread answers the probes too.
    match exchange.admin.scrapes.run(move || metrics.to_text()).await {
        Ok(text) => Ok(([(CONTENT_TYPE, TEXT)], text)),
        Err(GateError::Full) => Err(Problem::busy("too many scrapes at once: come back in a second")),
        Err(GateError::Panicked(_)) => Err(Problem::internal("the metrics could not be written")),
    }
}
