//! Diagnostics of `ops-core`, written to `tracing`.

use ops_core::diagnostics::Diagnostic;

ops_core::diagnostics_hook!(log);

fn log(diagnostic: &Diagnostic) {
    match diagnostic {
        Diagnostic::SeriesLimit { family, label, values, .. } => tracing::warn!(
            target: "ops",
            family,
            label,
            values,
            "a metric has as many series as it may have: further ones are counted together as `ops_overflow`; \
             give the label fewer values, or the metric a higher `max_series`"
        ),
        other => tracing::warn!(target: "ops", "{other}"),
    }
}
