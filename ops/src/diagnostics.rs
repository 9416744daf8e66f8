//! Logs diagnostics of `ops-core`, which does not depend on `tracing`.

use crate::log;
use ops_core::diagnostics::Diagnostic;

ops_core::diagnostics_hook!(write);

fn write(diagnostic: &Diagnostic) {
    match diagnostic {
        Diagnostic::SeriesLimit { family, label, values, .. } => warn_of_overflow(
            family,
            label,
            *values,
            "series limit reached: further series are counted in the `ops_overflow` series; reduce the number of label \
             values, or raise `max_series` of the metric",
        ),
        Diagnostic::CellSpace { family, label, values, .. } => warn_of_overflow(
            family,
            label,
            *values,
            "cell space exhausted: further series are counted in the `ops_overflow` series; reduce the number of label \
             values, lower `max_series` of the largest families, or raise the cell space",
        ),
        other => {
            let text = other.to_string();
            log::emit(move || tracing::warn!(target: "ops", "{text}"));
        }
    }
}

/// Warns that `family` counts in its overflow series, naming its label with the most values.
fn warn_of_overflow(family: &str, label: &str, values: usize, text: &'static str) {
    let (family, label) = (family.to_owned(), label.to_owned());
    log::emit(move || tracing::warn!(target: "ops", family, label, values, "{text}"));
}
