//! Scrapes in every format, parsed back to samples.

use super::protobuf::Message;
use crate::exposition::{Exposition, Format};
use crate::registry::Metrics;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const FORMATS: [Format; 5] =
    [Format::Text_0_0_4, Format::Text_1_0_0, Format::OpenMetrics_0_0_1, Format::OpenMetrics_1_0_0, Format::Protobuf];

/// The value of a sample, and the labels and value of its exemplar.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) value: f64,
    pub(super) exemplar: Option<(String, f64)>,
}

/// The samples of a scrape by name and labels; a native bucket is a sample with the label `native`.
#[derive(Debug, Default)]
pub(super) struct Scrape(BTreeMap<String, Sample>);

impl Scrape {
    /// Scrapes `metrics`.
    pub(super) fn of(metrics: &Metrics, format: Format) -> Scrape {
        let mut bytes = Vec::new();
        Exposition::new(format).write(&metrics.snapshot(), &mut bytes).unwrap();
        let mut scrape = Scrape::default();
        match format {
            Format::Protobuf => scrape.read_protobuf(&bytes),
            _ => scrape.read_text(std::str::from_utf8(&bytes).unwrap()),
        }
        scrape
    }

    /// Adds a sample.
    ///
    /// # Panics
    /// Panics if a sample with this name and labels exists.
    pub(super) fn add(&mut self, name: String, sample: Sample) {
        let earlier = self.0.insert(name.clone(), sample);
        assert!(earlier.is_none(), "duplicate sample `{name}`");
    }

    /// Asserts that the samples equal `expected`; exemplars may be missing, because they are best effort.
    pub(super) fn assert_is(&self, expected: &Scrape, at: impl Fn() -> String) {
        let is_same = |found: &Sample, expected: &Sample| {
            let is_same_exemplar = found.exemplar.is_none() || found.exemplar == expected.exemplar;
            found.value == expected.value && is_same_exemplar
        };
        let mut differences = Vec::new();
        for (name, expected) in &expected.0 {
            match self.0.get(name) {
                Some(found) if is_same(found, expected) => {}
                found => differences.push(format!("{name}: expected {expected:?}, found {found:?}")),
            }
        }
        let unexpected = self.0.iter().filter(|(name, _)| !expected.0.contains_key(*name));
        differences.extend(unexpected.map(|(name, found)| format!("{name}: unexpected {found:?}")));
        assert!(differences.is_empty(), "{}:\n{}", at(), differences.join("\n"));
    }

    fn read_text(&mut self, text: &str) {
        let mut families = BTreeSet::new();
        for line in text.lines() {
            if line.starts_with('#') {
                assert!(families.insert(line), "duplicate line `{line}`");
                continue;
            }
            let (sample, exemplar) =
                line.split_once(" # ").map_or((line, None), |(sample, after)| (sample, Some(after)));
            let (name, value) = sample.rsplit_once(' ').unwrap();
            let exemplar = exemplar.map(|exemplar| {
                let (labels, numbers) = exemplar.strip_prefix('{').unwrap().split_once("} ").unwrap();
                let (value, _timestamp) = numbers.split_once(' ').unwrap();
                (labels.to_owned(), value.parse().unwrap())
            });
            // OpenMetrics writes bounds with a decimal point.
            let name = name.replace("le=\"1.0\"", "le=\"1\"");
            self.add(name, Sample { value: value.parse().unwrap(), exemplar });
        }
    }

    fn read_protobuf(&mut self, bytes: &[u8]) {
        let mut families = BTreeSet::new();
        for family in Message::delimited(bytes) {
            assert!(families.insert(family.text(1)), "duplicate family `{}`", family.text(1));
            for metric in family.messages(4) {
                let labels: Vec<_> =
                    metric.messages(1).map(|label| format!("{}=\"{}\"", label.text(1), label.text(2))).collect();
                self.read_metric(family.text(1), &labels.join(","), &metric);
            }
        }
    }

    fn read_metric(&mut self, name: &str, labels: &str, metric: &Message<'_>) {
        let mut add = |name: &str, labels: &str, value: f64, exemplar: Option<Message<'_>>| {
            let exemplar = exemplar.map(|exemplar| {
                let label = exemplar.messages(1).next().unwrap();
                (format!("{}=\"{}\"", label.text(1), label.text(2)), exemplar.double(2))
            });
            self.add(format!("{name}{{{labels}}}"), Sample { value, exemplar });
        };
        for number in metric.messages(2).chain(metric.messages(3)) {
            add(name, labels, number.double(1), number.messages(2).next());
        }
        for distribution in metric.messages(4).chain(metric.messages(7)) {
            add(&format!("{name}_count"), labels, distribution.integer(1) as f64, None);
            add(&format!("{name}_sum"), labels, distribution.double(2), None);
        }
        for histogram in metric.messages(7) {
            let bucket = format!("{name}_bucket");
            for classic in histogram.messages(3) {
                let bound =
                    if classic.double(2) == f64::INFINITY { "+Inf".to_owned() } else { classic.double(2).to_string() };
                let labels = format!("{labels},le=\"{bound}\"");
                add(&bucket, &labels, classic.integer(1) as f64, classic.messages(3).next());
            }
            if histogram.messages(3).next().is_none() {
                // The text formats write its count as the bucket `+Inf`.
                add(&bucket, &format!("{labels},le=\"+Inf\""), histogram.integer(1) as f64, None);
            }
            if histogram.integer(7) > 0 {
                add(name, &format!("{labels},native=\"zero\""), histogram.integer(7) as f64, None);
            }
            let (mut index, mut count, mut deltas) = (0, 0, histogram.packed(13).into_iter());
            for span in histogram.messages(12) {
                assert_eq!(histogram.signed(5), 3, "schema of `{name}`");
                index += span.signed(1);
                for delta in deltas.by_ref().take(span.integer(2) as usize) {
                    count += delta;
                    add(name, &format!("{labels},native=\"{index}\""), count as f64, None);
                    index += 1;
                }
            }
        }
    }
}
