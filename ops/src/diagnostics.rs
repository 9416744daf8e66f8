//! Diagnostics of `ops-core`, written to `tracing`.

use crate::log;
use ops_core::diagnostics::Diagnostic;

ops_core::diagnostics_hook!(write);

fn write(diagnostic: &Diagnostic) {
    match diagnostic {
        Diagnostic::SeriesLimit { family, label, values, .. } => warn_of_overflow(
            family,
            label,
            *values,
            "a metric has as many series as it may have: further ones are counted together as `ops_overflow`; give the label \
             fewer values, or the metric a higher `max_series`",
        ),
        Diagnostic::CellSpace { family, label, values, .. } => warn_of_overflow(
            family,
            label,
            *values,
            "a metric has found no cell space: further series are counted together as `ops_overflow`; give the label fewer \
             values, lower `max_series` of the largest families, or raise the cell space",
        ),
        other => {
            let text = other.to_string();
            log::emit(move || tracing::warn!(target: "ops", "{text}"));
        }
    }
}

/// Logs that series of `family` are counted in its overflow series, and which label has most values.
fn warn_of_overflow(family: &str, label: &str, values: usize, text: &'static str) {
    let (family, label) = (family.to_owned(), label.to_owned());
    log::emit(move || tracing::warn!(target: "ops", family, label, values, "{text}"));
}
