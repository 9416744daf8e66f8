//! Metadata of metric families: name, help text, unit, kind and labels.

use crate::descriptor::{Location, MetricDescriptor, MetricKind};
use crate::metric::Part;
use crate::name::{self, Escaping};
use std::borrow::Cow;

/// The metadata of a metric family.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FamilyInfo {
    /// The full name, such as `orders_total` or `order_size_bytes`.
    ///
    /// It may contain any characters if it was registered as a UTF-8 name.
    pub name: String,
    /// The help text.
    pub help: String,
    /// The unit, such as `seconds` or `bytes`.
    pub unit: Option<&'static str>,
    /// The kind of metric.
    pub kind: MetricKind,
    /// The label names; empty if they are attributes chosen at run time.
    pub labels: Vec<&'static str>,
    /// The source location of the declaration; `None` if registered at run time.
    pub location: Option<Location>,
}

impl FamilyInfo {
    /// Returns the family of `part` of an instrument declared by `descriptor`.
    pub(crate) fn of(base: &str, descriptor: &MetricDescriptor, part: Part) -> Self {
        let unit = part.unit.or(descriptor.unit);
        FamilyInfo {
            name: full_name(&format!("{base}{}", part.suffix), unit, part.kind),
            help: part.help.unwrap_or_else(|| descriptor.help.to_owned()),
            unit,
            kind: part.kind,
            labels: part.labels,
            location: Some(descriptor.location),
        }
    }

    /// Returns the family of `part` of an instrument registered as `name` at run time.
    pub(crate) fn at_run_time(name: &str, help: &str, unit: Option<&'static str>, part: Part) -> Self {
        let unit = part.unit.or(unit);
        FamilyInfo {
            name: full_name(&format!("{name}{}", part.suffix), unit, part.kind),
            help: part.help.unwrap_or_else(|| help.to_owned()),
            unit,
            kind: part.kind,
            labels: part.labels,
            location: None,
        }
    }

    /// Returns the family name in OpenMetrics: without `_total` and `_info`, which only its samples have.
    pub fn openmetrics_name(&self) -> &str {
        let suffix = match self.kind {
            MetricKind::Counter => "_total",
            MetricKind::Info => "_info",
            MetricKind::Gauge | MetricKind::Histogram | MetricKind::StateSet | MetricKind::Summary => "",
        };
        self.name.strip_suffix(suffix).filter(|name| !name.is_empty()).unwrap_or(&self.name)
    }

    /// Returns the family with its name escaped by `escaping`.
    pub(crate) fn escaped(&self, escaping: Escaping) -> Cow<'_, FamilyInfo> {
        match escaping.escape(&self.name) {
            Cow::Borrowed(_) => Cow::Borrowed(self),
            Cow::Owned(name) => Cow::Owned(FamilyInfo { name, ..self.clone() }),
        }
    }

    /// Returns a duplicate label name; a state set also has a label with the name of the family.
    pub(crate) fn repeated_label(&self) -> Option<&'static str> {
        let is_state = |label: &str| self.kind == MetricKind::StateSet && label == self.name;
        let mut labels = self.labels.iter().enumerate();
        let repeated = labels.find(|(at, label)| self.labels[..*at].contains(label) || is_state(label));
        repeated.map(|(_, label)| *label)
    }

    /// Returns `true` for a state set whose name is not a valid label name in every escaping scheme.
    ///
    /// The label that holds the state has the name of the family.
    pub(crate) fn has_invalid_state_label(&self) -> bool {
        let escaped = [Escaping::Underscores, Escaping::Dots, Escaping::Values];
        let is_label_name = |escaping: Escaping| name::is_label_name(&escaping.escape(&self.name));
        self.kind == MetricKind::StateSet && !escaped.into_iter().all(is_label_name)
    }

    /// Returns a name that both families expose in some format or escaping scheme.
    pub(crate) fn clash(&self, other: &FamilyInfo) -> Option<String> {
        let others = other.names();
        self.names().into_iter().find(|name| others.contains(name))
    }

    /// Returns the names of the family and its samples in all formats and escaping schemes.
    pub(crate) fn names(&self) -> Vec<String> {
        if name::is_metric_name(&self.name) {
            return self.sample_names();
        }
        Escaping::ALL.into_iter().flat_map(|escaping| self.escaped(escaping).sample_names()).collect()
    }

    /// Returns the names of the family and its samples in all formats, without escaping.
    fn sample_names(&self) -> Vec<String> {
        let suffixes: &[&str] = match self.kind {
            MetricKind::Counter => &["", "_total", "_created"],
            MetricKind::Gauge | MetricKind::StateSet => &[""],
            MetricKind::Histogram => &["", "_bucket", "_count", "_sum", "_created"],
            MetricKind::Summary => &["", "_count", "_sum", "_created"],
            MetricKind::Info => &["", "_info"],
        };
        suffixes.iter().map(|suffix| format!("{}{suffix}", self.openmetrics_name())).collect()
    }
}

/// Appends the unit and the suffix `_total` or `_info` to `base`, unless it has them already.
fn full_name(base: &str, unit: Option<&str>, kind: MetricKind) -> String {
    let counter = kind == MetricKind::Counter;
    let base = if counter { base.strip_suffix("_total").unwrap_or(base) } else { base };
    let mut name = base.to_owned();
    let ends_with = |unit: &str| base.strip_suffix(unit).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    if let Some(unit) = unit.filter(|unit| !ends_with(unit)) {
        name.push('_');
        name.push_str(unit);
    }
    match kind {
        MetricKind::Counter => name.push_str("_total"),
        MetricKind::Info if !name.ends_with("_info") => name.push_str("_info"),
        _ => {}
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_name_appends_missing_suffixes() {
        for (base, unit, kind, name) in [
            ("orders", None, MetricKind::Counter, "orders_total"),
            ("orders_total", None, MetricKind::Counter, "orders_total"),
            ("sent", Some("bytes"), MetricKind::Counter, "sent_bytes_total"),
            ("sent_bytes_total", Some("bytes"), MetricKind::Counter, "sent_bytes_total"),
            ("queue_depth", None, MetricKind::Gauge, "queue_depth"),
            ("order_size", Some("bytes"), MetricKind::Histogram, "order_size_bytes"),
            ("kilobytes", Some("bytes"), MetricKind::Gauge, "kilobytes_bytes"),
            ("bytes", Some("bytes"), MetricKind::Gauge, "bytes"),
            ("build", None, MetricKind::Info, "build_info"),
            ("build_info", None, MetricKind::Info, "build_info"),
        ] {
            assert_eq!(full_name(base, unit, kind), name);
        }
    }
}
