//! What a registry holds at one moment, as plain data.

use crate::metric::{Instrument, Reader, Value};
use crate::registry::{FamilyInfo, Metrics};
use std::collections::BTreeMap;

/// The families of a registry at one moment, by name.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Snapshot {
    /// The families, by name; one without series is not here.
    pub families: Vec<Family>,
}

/// One family of a [`Snapshot`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Family {
    /// What it declares.
    pub info: FamilyInfo,
    /// Its series, by labels.
    pub series: Vec<Series>,
}

/// One series of a [`Family`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Series {
    /// The labels as `name="value",…`, escaped as the text formats want it.
    pub labels: Box<str>,
    /// The value.
    pub value: Value,
}

impl Metrics {
    /// What the registry holds now. Runs no code of the user.
    pub fn snapshot(&self) -> Snapshot {
        let mut families: BTreeMap<String, Family> = BTreeMap::new();
        for info in self.registry().families() {
            families.insert(info.name.clone(), Family { info: info.clone(), series: Vec::new() });
        }
        let reader = Reader::new();
        for registered in self.registry().instruments() {
            for (part, name) in registered.families.iter().enumerate() {
                if let Some(family) = families.get_mut(name) {
                    family.read(registered.instrument, part, &reader);
                }
            }
        }
        for runtime in self.runtime() {
            let mut family = Family { info: runtime.info.clone(), series: Vec::new() };
            family.read(runtime.instrument(), 0, &reader);
            families.insert(runtime.info.name.clone(), family);
        }
        let mut families: Vec<_> = families.into_values().filter(|family| !family.series.is_empty()).collect();
        families.iter_mut().for_each(Family::settle);
        Snapshot { families }
    }
}

impl Family {
    /// Whether anything was ever counted, observed or set in it.
    pub fn is_used(&self) -> bool {
        self.series.iter().any(|series| series.value.is_used())
    }

    fn read(&mut self, instrument: &dyn Instrument, part: usize, reader: &Reader) {
        instrument.collect(part, reader, &mut |labels, value| {
            self.series.push(Series { labels: labels.into(), value });
        });
    }

    /// Brings the series in the order of their labels and adds up those with the same ones.
    fn settle(&mut self) {
        self.series.sort_by(|a, b| a.labels.cmp(&b.labels));
        self.series.dedup_by(|next, kept| {
            let same = next.labels == kept.labels;
            if same && let (Value::Histogram(into), Value::Histogram(from)) = (&mut kept.value, &next.value) {
                into.merge(from);
            }
            same
        });
    }
}
