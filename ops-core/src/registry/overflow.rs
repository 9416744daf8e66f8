//! Reports families that exceed their series limit, and the label with the highest cardinality.

use super::family::FamilyInfo;
use super::source::Source;
use crate::descriptor::{Location, MetricKind, OWN_PACKAGE};
use crate::diagnostics::{self, Diagnostic};
use crate::metric::{LabelWriter, Reader, Value, label_pairs};
use crate::unwind::IgnorePoison;
use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;
use std::time::Instant;

const HERE: Location = Location::new(file!(), line!(), module_path!(), OWN_PACKAGE);

/// The families whose overflow was reported.
#[derive(Debug, Default)]
pub(super) struct Overflow {
    reported: Mutex<HashSet<String>>,
}

impl Overflow {
    /// Returns the family `ops_metric_overflow_total`, if any of `families` has overflowed.
    ///
    /// Each overflowed family is reported once, with the label that has the most values.
    pub(super) fn family(
        &self,
        families: &[(FamilyInfo, Vec<Source>)],
        now: Instant,
    ) -> Option<(FamilyInfo, Vec<Source>)> {
        let mut series = Vec::new();
        for (info, sources) in families {
            let times = sources.iter().map(Source::overflowed).sum::<u64>();
            if times > 0 {
                let mut labels = String::new();
                LabelWriter::new(&mut labels).label("family", &info.name);
                series.push((labels.into(), Value::counter(times)));
                self.report(&info.name, sources, now);
            }
        }
        (!series.is_empty()).then(|| (info(), vec![Source::Collected(series.into())]))
    }

    fn report(&self, name: &str, sources: &[Source], now: Instant) {
        if self.reported.lock().ignore_poison().insert(name.to_owned()) {
            let (family, (label, values)) = (name.to_owned(), busiest_label(sources, now));
            diagnostics::report(&match sources.iter().any(Source::found_no_space) {
                true => Diagnostic::CellSpace { family, label, values },
                false => Diagnostic::SeriesLimit { family, label, values },
            });
        }
    }
}

/// Returns the metadata of `ops_metric_overflow_total`, whose name is reserved in every registry.
pub(super) fn info() -> FamilyInfo {
    FamilyInfo {
        name: "ops_metric_overflow_total".to_owned(),
        help: "Updates of series beyond the limit of their family, counted in its series `ops_overflow`.".to_owned(),
        unit: None,
        kind: MetricKind::Counter,
        labels: vec!["family"],
        location: Some(HERE),
    }
}

/// Returns the label with the most values, and their number.
fn busiest_label(sources: &[Source], now: Instant) -> (String, usize) {
    let mut values: BTreeMap<String, HashSet<String>> = BTreeMap::new();
    for source in sources {
        source.collect(&Reader::at(now), &mut |labels, _| {
            for (name, value) in label_pairs(labels) {
                values.entry(name.to_owned()).or_default().insert(value.to_owned());
            }
        });
    }
    let counted = values.into_iter().map(|(name, values)| (name, values.len()));
    counted.max_by_key(|(_, values)| *values).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busiest_label_has_the_most_values() {
        let series = ["method=\"get\",user=\"1\"", "method=\"put\",user=\"2\"", "method=\"get\",user=\"3\""];
        let series: Vec<_> = series.iter().map(|labels| ((*labels).into(), Value::counter(1))).collect();
        assert_eq!(busiest_label(&[Source::Collected(series.into())], Instant::now()), ("user".to_owned(), 3));
    }
}
