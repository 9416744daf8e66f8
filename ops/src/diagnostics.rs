//! Diagnostics of `ops-core`, written to `tracing`.

use crate::log;
use ops_core::diagnostics::Diagnostic;

ops_core::diagnostics_hook!(write);

fn write(diagnostic: &Diagnostic) {
    match diagnostic {
        Diagnostic::SeriesLimit { family, label, values, .. } => {
            let (family, label, values) = (family.to_string(), label.to_string(), *values);
            log::emit(move || {
                tracing::warn!(
                    target: "ops",
                    family,
                    label,
                    values,
                    "a metric has as many series as it may have: further ones are counted together as `ops_overflow`; \
                     give the label fewer values, or the metric a higher `max_series`"
                );
            });
        }
        Diagnostic::CellSpace { family, label, values, .. } => {
            let (family, label, values) = (family.to_string(), label.to_string(), *values);
            log::emit(move || {
                tracing::warn!(
                    target: "ops",
                    family,
                    label,
                    values,
                    "a metric has found no cell space: further series are counted together as `ops_overflow`; give the label \
                     fewer values, lower `max_series` of the largest families, or raise the cell space"
                );
            });
        }
        other => {
            let text = other.to_string();
            log::emit(move || tracing::warn!(target: "ops", "{text}"));
        }
    }
}
